import type { ByteRange } from '../origin/byte-range.js'
import { resolveRange } from '../origin/byte-range.js'
import { OriginRefusal, OriginUnavailable } from '../origin/origin.js'
import type { ObjectAddress, Origin, Requester } from '../origin/origin.js'
import { S3Error } from '../s3/errors.js'
import type { Pin } from '../torrent/web-seed-url.js'
import { answerOf, invalidRange } from './object-answer.js'
import type { ObjectAnswer } from './object-answer.js'
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
export async function getWebSeed (origin: Origin, published: Published, { object, pin, range, headOnly }: GetWebSeedRequest, signal: AbortSignal): Promise<ObjectAnswer> {
  const everybody = published.requester(object)
  if (everybody === undefined) throw gone(object)
  return asking(object, async () => {
    try {
      const nothing = range !== undefined && 'suffix' in range && range.suffix === 0 // Ceph answers the whole object
      if (headOnly || nothing) return await describe(origin, everybody, { object, pin, range }, signal)
      const read = await origin.read(object, everybody, { ifMatch: pin.etag, ...(range && { range }) }, signal)
      if (range !== undefined && read.part === 'whole') {
        read.body.destroy()
        throw new OriginUnavailable('the origin ignored the range')
      }
      return answerOf(read)
    } catch (error) {
      if (!(error instanceof OriginRefusal)) throw error
      if (error.code === 'InvalidRange') return await describe(origin, everybody, { object, pin, range }, signal)
      throw error.code === 'SlowDown' ? error : gone(object, error)
    }
  })
}

// Without a body. WebTorrent asks ranges of empty objects too: an empty 200 is all that they have.
async function describe (origin: Origin, everybody: Requester, { object, pin, range }: Omit<GetWebSeedRequest, 'headOnly'>, signal: AbortSignal): Promise<ObjectAnswer> {
  const head = await origin.head(object, everybody, signal)
  if (head.etag !== pin.etag) throw gone(object)
  const part = range && resolveRange(range, head.size)
  if (range !== undefined && part === undefined && head.size > 0) throw invalidRange(head.size)
  return { status: part ? 206 : 200, head, part, body: undefined }
}

// What is not public and what is not there look alike.
function gone ({ key }: ObjectAddress, cause?: unknown): S3Error {
  return new S3Error('NoSuchKey', { details: { Key: key }, cause })
}
