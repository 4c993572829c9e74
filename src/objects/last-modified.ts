import { storeDate } from '../util/http-date.js'

/** Of dates that were read lately, milliseconds since 1970: the same objects are asked for again and again. */
const known = new Map<string, number | undefined>()
const MAX_KNOWN = 1_000
const MAX_LENGTH = 64

/**
 * When an object changed, as a store's headers (lower-case names) say, in whole seconds as an HTTP-date has them.
 * Undefined where they say nothing that is a date: nothing but dates in answers and torrents depends on it, and those
 * are left out.
 */
export function lastModifiedOf ({ 'last-modified': text = '' }: Readonly<Record<string, string>>): Date | undefined {
  if (text.length > MAX_LENGTH) return undefined
  if (!known.has(text)) {
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(text, storeDate(text)?.getTime())
  }
  const ms = known.get(text)
  return ms === undefined ? undefined : new Date(ms)
}

/**
 * The same of a listing, whose dates have milliseconds. Undefined for what is no date, or is in a year that no
 * HTTP-date can name.
 */
export function lastModifiedIn (listed: Date | undefined): Date | undefined {
  const year = listed?.getUTCFullYear() ?? NaN
  if (listed === undefined || !(year >= 1 && year <= 9999)) return undefined
  return new Date(Math.floor(listed.getTime() / 1000) * 1000)
}
