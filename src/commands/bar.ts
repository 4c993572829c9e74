import { bytes, duration } from './format.js'

export interface BarState {
  /** Bytes. */
  readonly done: number
  readonly total: number
  /** Bytes a second; undefined: not known yet. */
  readonly rate: number | undefined
}

const MIN_BAR = 10
const MAX_BAR = 40

/**
 * `[=====> ] 52 % 612.0 MB of 1.2 GB 480.0 MB/s 2 s left`, of `width` characters at most; what there is no room for
 * goes, from the right.
 */
export function bar ({ done, total, rate }: BarState, width: number): string {
  const share = total === 0 ? 0 : Math.min(1, done / total)
  const facts = [
    `${String(Math.floor(share * 100)).padStart(3)} %`,
    `${bytes(done)} of ${bytes(total)}`,
    ...rate === undefined ? [] : [`${bytes(rate)}/s`, `${duration(Math.max(0, total - done) / rate)} left`]
  ]
  let text = facts.join('  ')
  while (facts.length > 1 && text.length + MIN_BAR + 4 > width) {
    facts.pop()
    text = facts.join('  ')
  }
  const room = Math.min(MAX_BAR, width - text.length - 4)
  if (room < MIN_BAR) return text
  const filled = Math.round(share * room)
  return `[${(filled === 0 ? '' : '='.repeat(filled - 1) + (filled === room ? '=' : '>')).padEnd(room)}] ${text}`
}
