import { storeDate } from '../util/http-date.js'

/**
 * When an object changed, as a store's headers (lower-case names) say, in whole seconds as an HTTP-date has them. Undefined where they say
 * nothing that is a date: nothing but dates in answers and torrents depends on it, and those are left out.
 */
export function lastModifiedOf ({ 'last-modified': text = '' }: Readonly<Record<string, string>>): Date | undefined {
  return storeDate(text)
}
