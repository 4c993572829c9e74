const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']

/** `1.2 MB`. */
export function shownBytes (number: number): string {
  let unit = 0
  while (number >= 1000 && unit < UNITS.length - 1) {
    number /= 1000
    unit++
  }
  return `${unit === 0 ? number : number.toFixed(1)} ${UNITS[unit]}`
}
