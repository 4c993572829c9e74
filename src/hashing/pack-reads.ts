import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { HashableObject } from './hashable-object.js'
import { readsOf } from './object-reads.js'

/** One version of an object, as it was described a moment ago. */
export interface DescribedObject {
  readonly object: ObjectAddress
  readonly head: ObjectHead
}

interface Placed {
  /** Of its first and its last byte, in all of them. */
  readonly first: number
  readonly last: number
  readonly reads: Pick<HashableObject, 'direct' | 'read'>
}

/** How objects are read as if they were one: they follow one another, each to its end. */
export function packReads (
  origin: Objects, objects: readonly DescribedObject[], requester: Requester
): Pick<HashableObject, 'direct' | 'read'> {
  const placed = placedOf(origin, objects, requester)
  const directOf = (first: number): Placed | undefined => placed.find(({ last }) => first <= last)
  return {
    ...placed.every(({ reads }) => reads.direct !== undefined) && {
      direct: async (first, last) => {
        const object = directOf(first)
        if (object?.reads.direct === undefined) throw new RangeError('no object has this byte')
        return object.reads.direct(first - object.first, Math.min(last, object.last) - object.first)
      }
    },
    read: async (first, last, signal) => readThrough(placed, first, last, signal)
  }
}

function placedOf (origin: Objects, objects: readonly DescribedObject[], requester: Requester): Placed[] {
  let next = 0
  return objects.filter(({ head }) => head.size > 0).map(({ object, head }) => {
    const first = next
    next += head.size
    return { first, last: next - 1, reads: readsOf(origin, object, requester, head, head.size) }
  })
}

async function * readThrough (
  placed: readonly Placed[], first: number, last: number, signal: AbortSignal
): AsyncGenerator<Uint8Array> {
  for (const object of placed) {
    if (object.last < first || object.first > last) continue
    const [from, to] = [Math.max(first, object.first), Math.min(last, object.last)]
    yield * await object.reads.read(from - object.first, to - object.first, signal)
  }
}
