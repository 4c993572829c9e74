import { readFileSync } from 'node:fs'

/** What stays for the store's connections, files and threads. */
const KEPT = 0.5

/**
 * At most `wanted` connections, and no more than `part` of the descriptors that this process may open and that are for
 * connections: whoever opens many leaves the server enough to answer with. Elsewhere than on Linux the limit is not
 * known, and it is `wanted`.
 */
export function connectionsWithin (wanted: number, part: number): number {
  return Math.max(1, Math.min(wanted, Math.floor(descriptorLimit() * (1 - KEPT) * part)))
}

function descriptorLimit (): number {
  try {
    const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined || soft === 'unlimited' ? Infinity : Number(soft)
  } catch {
    return Infinity
  }
}
