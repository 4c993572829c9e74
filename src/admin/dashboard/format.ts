const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** 1234567 → "1.23 MB". */
export function bytes (count: number): string {
  let unit = 0
  let value = count
  while (Math.abs(value) >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? Math.round(value) : value.toPrecision(3)} ${UNITS[unit]}`
}

export function count (number: number): string {
  return number.toLocaleString('en')
}

export function perSecond (number: number): string {
  return `${number < 10 ? number.toFixed(1) : count(Math.round(number))}/s`
}

export function percent (part: number): string {
  const value = part * 100
  return `${Math.abs(value) >= 99.95 || value === 0 ? Math.round(value) : value.toFixed(1)} %`
}

/** 3725 → "1 h 2 min". */
export function duration (seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}
