import { printable } from '../util/unprintable.js'

export { shownBytes as bytes } from '../util/shown-bytes.js'

/** `1 object`, `1,024 objects`. */
export function count (number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}

/** `256 KiB`, as piece lengths are told. */
export function binaryBytes (number: number): string {
  for (const [unit, size] of [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]] as const) {
    if (number >= size && number % size === 0) return `${number / size} ${unit}`
  }
  return count(number, 'byte')
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration (seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600).toLocaleString('en')} h ${Math.floor(whole % 3600 / 60)} min`
}

/** JSON on one line, of which a terminal obeys nothing. */
export function json (value: unknown): string {
  return printable(JSON.stringify(value)) + '\n'
}
