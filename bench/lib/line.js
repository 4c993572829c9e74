// Lines of the table. Goals are written here and in the rows, and no other place lowers them.

export const atLeast = (value) => ({ text: `≥ ${value}`, met: (reached) => reached >= value })
export const atMost = (value, unit = '') => ({ text: `≤ ${value} ${unit}`.trim(), met: (reached) => reached <= value })
export const moreThan = (value) => ({ text: `> ${value}`, met: (reached) => reached > value })

/** A line of two spreads and the ratio of their medians. A line without a goal is for information. */
export function ratio ({ what, ours, beside, theirs, goal }) {
  return judged({ what, ours, beside, theirs, reached: ours.median / theirs.median, unit: '', goal })
}

/** A line of one spread, whose median is held against the goal. */
export function figure ({ what, ours, beside, goal }) {
  return judged({ what, ours, beside, reached: ours.median, unit: ours.unit, goal })
}

export const notRun = (what, why) => ({ what, verdict: 'not run', note: why })
export const failed = (what, why) => ({ what, verdict: 'fails', note: why })

function judged ({ goal, ...line }) {
  const verdict = goal === undefined ? 'information' : goal.met(line.reached) ? 'ok' : 'fails'
  return { ...line, mustReach: goal?.text, verdict }
}
