import type { ObjectHead, Objects } from '../objects/objects.js'
import { readSame } from '../objects/read-same.js'
import type { Requester } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { RangeIgnored } from './hashable-object.js'
import type { HashableObject } from './hashable-object.js'

/**
 * How the object that `head` describes is read up to `size`. A thread reads nothing that is not pinned: without an
 * ETag, `direct` is missing.
 */
export function readsOf (
  origin: Objects, object: ObjectAddress, requester: Requester, head: ObjectHead, size: number
): Pick<HashableObject, 'direct' | 'read'> {
  return {
    ...head.etag !== '' && { direct: (first, last) => origin.workerRead(object, requester, head, { first, last }) },
    read: async (first, last, signal) => {
      const { part, body } = await readSame(origin, object, requester, head, { first, last }, signal)
      if (part !== 'whole') return body
      if (last === size - 1) return between(body, first, last)
      body.destroy()
      throw new RangeIgnored('the origin answered a part with the whole object')
    }
  }
}

// Read to its end, which shows whether all of it came, unless only more bytes than are wanted can come.
async function * between (body: AsyncIterable<Buffer>, first: number, last: number): AsyncGenerator<Buffer> {
  let position = 0
  for await (const bytes of body) {
    const wanted = bytes.subarray(Math.max(0, first - position), Math.max(0, last + 1 - position))
    position += bytes.length
    if (wanted.length > 0) yield wanted
    if (position > last + 1) return
  }
}
