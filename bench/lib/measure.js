/** The seconds that some work takes. */
export async function secondsOf (work) {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** The units of a side that moves or hashes bytes: see alternateSeveral(). */
export const SPEED = { speed: 'MB/s', processor: 's/GB' }

/** How fast so many bytes were, and what a GB cost. Both times are seconds. */
export const speedOf = (bytes, { seconds, processor }) => ({
  speed: bytes / 1e6 / seconds, processor: processor / (bytes / 1e9)
})

/**
 * Measures every side once a round, in turn, so that all sides share whatever else the machine does. The first round
 * warms up and is dropped, except with --quick. A side is a function that returns a number.
 */
export async function alternate (bench, unit, sides) {
  const spreads = await alternateSeveral(bench, { value: unit }, Object.fromEntries(
    Object.entries(sides).map(([name, measure]) => [name, async () => ({ value: await measure() })])
  ))
  return Object.fromEntries(Object.entries(spreads).map(([name, { value }]) => [name, value]))
}

/**
 * The same for sides that return several numbers by name. `units` has the unit of each name; a side may lack some.
 * Returns the spreads by side and name.
 * @template {string} Side
 * @param {import('./bench.js').Bench} bench
 * @param {Record<string, string>} units
 * @param {Record<Side, () => Promise<Record<string, number>>>} sides
 * @returns {Promise<Record<Side, Record<string, ReturnType<typeof spread>>>>}
 */
export async function alternateSeveral (bench, units, sides) {
  const rounds = Object.fromEntries(Object.keys(sides).map((side) => [side, []]))
  for (let round = bench.quick ? 1 : 0; round <= bench.rounds; round++) {
    for (const [side, measure] of Object.entries(sides)) {
      const values = await measure()
      const text = Object.entries(values).map(
        ([name, value]) => `${name === 'value' ? '' : `${name} `}${shown(value)} ${units[name]}`.trimEnd()
      )
      bench.say(`${round === 0 ? 'warm-up' : `round ${round}`}: ${side}: ${text.join(', ')}`)
      if (round > 0) rounds[side].push(values)
    }
  }
  const spreads = Object.entries(rounds).map(([side, list]) => [side, spreadsOf(units, list)])
  return /** @type {Record<Side, Record<string, ReturnType<typeof spread>>>} */ (Object.fromEntries(spreads))
}

function spreadsOf (units, list) {
  return Object.fromEntries(Object.keys(list[0]).map((name) => [
    name, spread(units[name], list.map((values) => values[name]))
  ]))
}

/** Median, minimum and maximum. */
export function spread (unit, samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { unit, median, min: sorted[0], max: sorted.at(-1), samples }
}

/** A number with three significant digits, or four near 1. */
export function shown (value) {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 3)
}
