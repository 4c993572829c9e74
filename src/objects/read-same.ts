import type { ByteRange } from '../s3/byte-range.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { ObjectHead, ObjectRead, Objects } from './objects.js'
import { OriginRefusal, OriginUnavailable } from './origin-errors.js'
import type { Requester } from './requester.js'

/**
 * Reads the object that `head` describes, and no other.
 * @throws OriginRefusal PreconditionFailed when it has changed
 */
export async function readSame (
  origin: Pick<Objects, 'read'>,
  object: ObjectAddress,
  requester: Requester,
  head: Pick<ObjectHead, 'etag' | 'size'> & Partial<Pick<ObjectHead, 'lastModified'>>,
  range: ByteRange | undefined,
  signal: AbortSignal
): Promise<ObjectRead> {
  const read = await origin.read(object, requester, { ifMatch: head.etag, ...(range && { range }) }, signal)
  if (read.size === head.size && !(head.etag === '' && read.lastModified?.getTime() !== head.lastModified?.getTime())) {
    return read
  }
  read.body.destroy()
  if (read.size === head.size) throw new OriginRefusal('PreconditionFailed')
  throw new OriginUnavailable(`the origin has ${read.size} of the ${head.size} bytes that it announced`)
}
