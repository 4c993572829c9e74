import type { ByteRange } from './byte-range.js'

/**
 * The single range of a `Range` header; undefined where S3 sends the whole object: no header, another unit, several
 * ranges, bad syntax, first > last (RFC 9110 §14.2: an invalid Range is ignored).
 */
export function parseRange (header: string | undefined): ByteRange | undefined {
  const [, spec = ''] = /^\s*bytes\s*=(.*)$/is.exec(header ?? '') ?? []
  const positions = spec.split('-', 3).map((position) => position.trim())
  if (positions.length !== 2 || !positions.every((position) => /^\d*$/.test(position))) return undefined
  const [first = '', last = ''] = positions
  if (first === '') return last === '' ? undefined : { suffix: bounded(last) }
  if (last === '') return { first: bounded(first) }
  return bounded(first) > bounded(last) ? undefined : { first: bounded(first), last: bounded(last) }
}

// Beyond any object's size, and still exact.
const bounded = (digits: string): number => Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
