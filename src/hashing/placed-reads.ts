import type { HashableObject } from './hashable-object.js'
import { zeros } from '../util/zeros.js'

export type Reads = Pick<HashableObject, 'direct' | 'read'>

/** An object among others; offsets in all of them, `last` inclusive. */
export interface PlacedObject {
  readonly first: number
  readonly last: number
  readonly reads: Reads
}

/** A part of one object, from its byte `at` on; or of the zeros between two. `last`: in all of them. */
interface Span {
  readonly object: PlacedObject | undefined
  readonly at: number
  readonly last: number
}

/**
 * How objects are read as if they were one: each to its end, and zeros where there is none. A thread reads nothing of
 * them unless it may read all.
 * @param placed in order @param size of all, with zeros at the end
 */
export function placedReads (placed: readonly PlacedObject[], size: number): Reads {
  const spanAt = (first: number, last: number): Span => {
    if (last >= size) throw new RangeError('no object has this byte')
    const index = lastAt(placed, first)
    const object = placed[index]
    if (object !== undefined && first <= object.last) {
      return { object, at: first - object.first, last: Math.min(last, object.last) }
    }
    return { object: undefined, at: 0, last: Math.min(last, (placed[index + 1]?.first ?? size) - 1) }
  }
  return {
    ...placed.every(({ reads }) => reads.direct !== undefined) && {
      direct: async (first, last) => {
        const span = spanAt(first, last)
        const direct = span.object?.reads.direct
        return direct === undefined
          ? { kind: 'zeros', bytes: span.last - first + 1 }
          : direct(span.at, span.at + span.last - first)
      }
    },
    read: async (first, last, signal) => readThrough(spanAt, first, last, signal)
  }
}

async function * readThrough (
  spanAt: (first: number, last: number) => Span, first: number, last: number, signal: AbortSignal
): AsyncGenerator<Uint8Array> {
  for (let position = first; position <= last;) {
    const span = spanAt(position, last)
    const bytes = span.last - position + 1
    if (span.object === undefined) yield * zeros(bytes)
    else yield * await span.object.reads.read(span.at, span.at + bytes - 1, signal)
    position += bytes
  }
}

/** The index of the last one that begins at this byte or before it; -1: none does. */
function lastAt (placed: readonly PlacedObject[], position: number): number {
  let [low, high] = [-1, placed.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((placed[middle]?.first ?? 0) <= position) low = middle
    else high = middle - 1
  }
  return low
}
