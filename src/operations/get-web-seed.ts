import type { ByteRange } from '../s3/byte-range.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Client } from '../objects/requester.js'
import { isVerdict } from '../objects/origin-errors.js'
import { S3Error } from '../s3/errors.js'
import type { Pin } from '../torrent/web-seed-url.js'
import { retryWhileUnavailable } from '../delivery/retry-while-unavailable.js'
import type { Delivery } from '../delivery/delivery.js'
import { identityOf } from '../torrent/identity.js'
import type { IdentityOptions } from '../torrent/identity.js'
import { partOf } from '../delivery/object-answer.js'
import type { ObjectAnswer } from '../delivery/object-answer.js'
import type { PublicAccess } from '../access/public-access.js'
import { PUBLIC_MS } from '../access/limits.js'
import type { SameBytes } from '../access/same-bytes.js'
import { atMostEvery } from '../util/at-most-every.js'

export interface GetWebSeedParts {
  readonly origin: Objects
  readonly access: PublicAccess
  readonly delivery: Delivery
  readonly sameBytes: SameBytes
  readonly options: IdentityOptions
}

export interface GetWebSeedRequest {
  readonly object: ObjectAddress
  readonly pin: Pin
  readonly range: ByteRange | undefined
  readonly headOnly: boolean
  /** The address that the bandwidth is counted for. */
  readonly address: string
  readonly client: Client
}

/**
 * The bytes of a public object as a web seed (BEP 19): of the pinned version, or of one that was hashed to the same
 * digests; exact 206 for every range. An origin that fails is asked for 15 seconds, inside a running body too.
 * @throws S3Error NoSuchKey once the object has changed, is gone or is not public (anymore)
 */
export async function getWebSeed (
  parts: GetWebSeedParts, request: GetWebSeedRequest, signal: AbortSignal
): Promise<ObjectAnswer> {
  const { object, range, headOnly } = request
  const anonymous = parts.access.anonymousRequester(object)
  if (anonymous === undefined) throw gone(object)
  const head = await headPinned(parts, request, signal)
  // WebTorrent asks ranges of empty objects too: an empty 200 is all that they have.
  const part = head.size > 0 ? partOf(range, head.size) : undefined
  const all = { first: 0, last: head.size - 1 }
  const recipient = {
    client: request.address, beforeSlice: atMostEvery(PUBLIC_MS, () => headPinned(parts, request, signal))
  }
  const content = { object, etag: head.etag, size: head.size, contentEncoding: head.headers['content-encoding'] }
  return {
    status: part ? 206 : 200,
    head,
    part,
    body: headOnly || head.size === 0
      ? undefined
      : {
          pour: (sink) => parts.delivery.pour(content, anonymous, part ?? all, recipient, sink, signal),
          close: () => {}
        }
  }
}

async function headPinned (
  { origin, access, sameBytes, options }: GetWebSeedParts,
  { object, pin, client }: GetWebSeedRequest,
  signal: AbortSignal
): Promise<ObjectHead> {
  const begun = performance.now()
  try {
    const head = await retryWhileUnavailable(
      () => access.headAsAnonymous(object, signal, client), signal, () => begun
    )
    if (head.etag === pin.etag) return head
    const [current, pinned] = [head, { ...head, etag: pin.etag }].map(
      (version) => identityOf(origin.name, options, object, version)
    )
    if (current !== undefined && pinned !== undefined && await sameBytes.are(current, pinned)) return head
  } catch (error) {
    throw isVerdict(error) ? gone(object, error) : error
  }
  throw gone(object)
}

// What is not public and what is not there look alike.
function gone ({ key }: ObjectAddress, cause?: unknown): S3Error {
  return new S3Error('NoSuchKey', { details: { Key: key }, cause })
}
