import { atMost, figure } from './line.js'

const BESIDE_CACHE_MB = 250

/** The line of a row for the server's peak memory, in MB: what it keeps of objects, and a little. */
export const peakLine = (what, ours, cacheBytes) => figure({
  what: `${what}: peak memory`,
  ours,
  beside: `--cache-size ${Math.round(cacheBytes / 1e6)} MB + ${BESIDE_CACHE_MB}`,
  goal: atMost(Math.round(cacheBytes / 1e6) + BESIDE_CACHE_MB, 'MB')
})
