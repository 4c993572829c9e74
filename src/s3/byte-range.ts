/**
 * A byte range as `Range: bytes=` names it (RFC 9110 §14.1.2): from `first` to `last` inclusive, or the last `suffix`
 * bytes.
 */
export type ByteRange =
  | { readonly first: number, readonly last?: number }
  | { readonly suffix: number }

/**
 * The part of an object of `size` bytes that `range` selects, clamped to its end; undefined where it selects nothing
 * (416).
 */
export function resolveRange (range: ByteRange, size: number): { first: number, last: number } | undefined {
  if ('suffix' in range) {
    if (range.suffix === 0 || size === 0) return undefined
    return { first: Math.max(0, size - range.suffix), last: size - 1 }
  }
  if (range.first >= size) return undefined
  return { first: range.first, last: Math.min(range.last ?? Infinity, size - 1) }
}

/** What a `Content-Range` header names: first and last byte; undefined where it is none of bytes (RFC 9110 §14.4). */
export function parseContentRange (header: string): { first: number, last: number } | undefined {
  const [, first, last] = /^bytes (\d+)-(\d+)\/\d+$/.exec(header) ?? []
  return first === undefined ? undefined : { first: Number(first), last: Number(last) }
}

/**
 * The size of the whole object, as a `Content-Range` header says it, also that of a 416, which names no part; undefined
 * where it does not.
 */
export function totalOf (contentRange: string | undefined): number | undefined {
  const total = /\/(\d+)$/.exec(contentRange ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}

/** The `Range` header of `range`. */
export function formatRange (range: ByteRange): string {
  return 'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.first}-${range.last ?? ''}`
}
