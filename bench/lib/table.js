import { shown } from './measure.js'

const HEADER = [
  '', 'ours: median (min–max)', 'beside', 'theirs: median (min–max)', 'reached', 'must reach', 'processor time', ''
]
const MARKS = { ok: 'ok', fails: '**FAILS**', 'not run': 'not run', information: 'for information' }

/** Lines as one table of Markdown. */
export function table (lines) {
  return [HEADER, HEADER.map(() => '---'), ...lines.map(cells)].map((row) => `| ${row.join(' | ')} |\n`).join('')
}

function cells ({ what, ours, beside = '', theirs, reached, unit, mustReach = '', processor, verdict, note }) {
  const mark = note === undefined ? MARKS[verdict] : `${MARKS[verdict]}: ${note.replace(/\s+/g, ' ')}`
  return [what, spread(ours), beside, spread(theirs), precise(reached, unit), mustReach, cost(processor), mark].map(
    (text) => text.replaceAll('|', '\\|')
  )
}

const spread = (values) => values === undefined
  ? ''
  : `${[shown(values.median), values.unit].join(' ').trimEnd()} (${shown(values.min)}–${shown(values.max)})`

const cost = (processor) => processor === undefined
  ? ''
  : `${shown(processor.ours.median)} ${processor.ours.unit}${
    processor.theirs === undefined ? '' : `, theirs ${shown(processor.theirs.median)}`
  }`

const precise = (reached, unit) => reached === undefined ? '' : `${shown(reached)} ${unit}`.trimEnd()
