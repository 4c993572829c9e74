import type { ByteRange } from '../origin/byte-range.js'

// Nobody writes more, and blanks around the numbers are none of the syntax.
const MAX_LENGTH = 128

/**
 * The single range of a `Range` header; undefined where S3 sends the whole object: no header, another unit, several
 * ranges, bad syntax, first > last, or more than 128 characters (RFC 9110 §14.2: an invalid Range is ignored).
 */
export function parseRange (header: string | undefined): ByteRange | undefined {
  if (header === undefined || header.length > MAX_LENGTH) return undefined
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header) ?? []
  if (first === '') return last === '' ? undefined : { suffix: bounded(last) }
  if (last === '') return { first: bounded(first) }
  return bounded(first) > bounded(last) ? undefined : { first: bounded(first), last: bounded(last) }
}

// Beyond any object's size, and still exact.
const bounded = (digits: string): number => Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
