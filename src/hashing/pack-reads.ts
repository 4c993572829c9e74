import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { readsOf } from './object-reads.js'
import { placedReads } from './placed-reads.js'
import type { Reads } from './placed-reads.js'

/** One version of an object, as it was described a moment ago. */
export interface DescribedObject {
  readonly object: ObjectAddress
  readonly head: ObjectHead
}

/** How objects are read as if they were one: they follow one another, each to its end. */
export function packReads (origin: Objects, objects: readonly DescribedObject[], requester: Requester): Reads {
  let size = 0
  const placed = objects.filter(({ head }) => head.size > 0).map(({ object, head }) => {
    const first = size
    size += head.size
    return { first, last: size - 1, reads: readsOf(origin, object, requester, head, head.size) }
  })
  return placedReads(placed, size)
}
