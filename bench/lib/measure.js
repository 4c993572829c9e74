/** The seconds that some work takes. */
export async function secondsOf (work) {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/**
 * Measures every side once a round, in turn, so that all sides share whatever else the machine does. The first round
 * warms up and is dropped, except with --quick. A side is a function that returns a number.
 */
export async function alternate (bench, unit, sides) {
  const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, []]))
  for (let round = bench.quick ? 1 : 0; round <= bench.rounds; round++) {
    for (const [name, measure] of Object.entries(sides)) {
      const value = await measure()
      bench.say(`${round === 0 ? 'warm-up' : `round ${round}`}: ${name}: ${shown(value)} ${unit}`.trimEnd())
      if (round > 0) samples[name].push(value)
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, list]) => [name, spread(unit, list)]))
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
