import type { ByteRange } from '../origin/byte-range.js'
import { resolveRange } from '../origin/byte-range.js'
import { OriginRefusal, OriginUnavailable } from '../origin/origin.js'
import type { ObjectAddress, Origin } from '../origin/origin.js'
import { S3Error } from '../s3/errors.js'
import type { Pin } from '../torrent/web-seed-url.js'
import type { GetObjectReply } from './get-object.js'
import { asking } from './origin-errors.js'
import type { Published } from './published.js'

export interface GetWebSeedRequest {
  readonly object: ObjectAddress
  readonly pin: Pin
  readonly range: ByteRange | undefined
  readonly headOnly: boolean
}

/**
 * The bytes of a public object as a web seed (BEP 19): of the pinned version only, exact 206 for every range.
 * @throws S3Error NoSuchKey once the object has changed, is gone or is not public (anymore)
 */
export async function getWebSeed (origin: Origin, published: Published, { object, pin, range, headOnly }: GetWebSeedRequest, signal: AbortSignal): Promise<GetObjectReply> {
  const everybody = published.requester(object)
  if (everybody === undefined) throw gone(object)
  return asking(object, async () => {
    try {
      // A HEAD first: WebTorrent asks ranges of empty objects and past the end, which a GET would answer with 416.
      const head = await origin.head(object, everybody, signal)
      if (head.etag !== pin.etag) throw gone(object)
      const part = range && resolveRange(range, head.size)
      if (range !== undefined && part === undefined && head.size > 0) {
        throw new S3Error('InvalidRange', { headers: { 'content-range': `bytes */${head.size}` } })
      }
      if (headOnly) return { status: part ? 206 : 200, head, part, body: undefined }
      const read = await origin.read(object, everybody, { ifMatch: pin.etag, ...(part && { range: part }) }, signal)
      if ((read.part === 'whole') !== (part === undefined)) {
        read.body.destroy()
        throw new OriginUnavailable('the origin ignored the range')
      }
      return { status: part ? 206 : 200, head: read, part, body: read.body }
    } catch (error) {
      throw error instanceof OriginRefusal && error.code !== 'SlowDown' ? gone(object, error) : error
    }
  })
}

// What is not public and what is not there look alike.
function gone ({ key }: ObjectAddress, cause?: unknown): S3Error {
  return new S3Error('NoSuchKey', { details: { Key: key }, cause })
}
