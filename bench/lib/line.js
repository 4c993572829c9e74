// Lines of the table. Goals are written here and in the rows, and no other place lowers them.

/** @typedef {{ readonly text: string, readonly met: (reached: number) => boolean }} Goal */
/** @typedef {{ readonly median: number, readonly unit?: string }} Spread */
/**
 * @typedef {object} LineOptions
 * @property {string} what
 * @property {Spread} [ours]
 * @property {string} [beside]
 * @property {Spread} [theirs]
 * @property {Goal} [goal]
 * @property {{ ours: Spread, theirs?: Spread }} [processor] processor time, user and system
 */

export const atLeast = (value) => ({ text: `≥ ${value}`, met: (reached) => reached >= value })
export const atMost = (value, unit = '') => ({ text: `≤ ${value} ${unit}`.trim(), met: (reached) => reached <= value })
export const moreThan = (value) => ({ text: `> ${value}`, met: (reached) => reached > value })

/**
 * A line of two spreads and the ratio of their medians. A line without a goal is for information.
 * @param {LineOptions} options
 */
export function ratio ({ what, ours, beside, theirs, goal, processor }) {
  return judged({ what, ours, beside, theirs, reached: ours.median / theirs.median, unit: '', goal, processor })
}

/**
 * A ratio of two speeds, with the processor time of each beside it: sides of alternateSeveral() with `speed` and
 * `processor`, as SPEED has them, or of answers. Theirs may lack the processor time.
 * @param {{ what: string, ours: Record<string, Spread>, beside: string, theirs: Record<string, Spread>, goal?: Goal }}
 *   options
 */
export function speedRatio ({ what, ours, beside, theirs, goal }) {
  const processor = { ours: ours.processor, theirs: theirs.processor }
  return ratio({ what, ours: ours.speed, beside, theirs: theirs.speed, goal, processor })
}

/**
 * A line of one spread, whose median is held against the goal.
 * @param {LineOptions} options
 */
export function figure ({ what, ours, beside, goal, processor }) {
  return judged({ what, ours, beside, reached: ours.median, unit: ours.unit, goal, processor })
}

export const notRun = (what, why) => ({ what, verdict: 'not run', note: why })
export const failed = (what, why) => ({ what, verdict: 'fails', note: why })

function judged ({ goal, ...line }) {
  const verdict = goal === undefined ? 'information' : goal.met(line.reached) ? 'ok' : 'fails'
  return { ...line, mustReach: goal?.text, verdict }
}
