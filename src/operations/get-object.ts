import type { ByteRange } from '../s3/byte-range.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { Objects } from '../objects/objects.js'
import type { PartReads } from '../objects/part-reads.js'
import type { Requester } from '../objects/requester.js'
import { S3Error } from '../s3/errors.js'
import { evaluate, ifRangeHolds } from '../s3/preconditions.js'
import type { Preconditions } from '../s3/preconditions.js'
import { partOf } from '../delivery/object-answer.js'
import type { ObjectAnswer } from '../delivery/object-answer.js'
import { pinned, retryOnceIfChanged } from '../access/pinned-read.js'
import { headReadable } from '../access/readable-object.js'
import type { BucketOwners } from '../access/readable-object.js'

export interface GetObjectRequest {
  readonly object: ObjectAddress
  readonly requester: Requester
  readonly preconditions: Preconditions
  readonly range: ByteRange | undefined
  readonly ifRange: string | undefined
  readonly headOnly: boolean
}

/** GetObject and HeadObject: the object itself, as the origin has it. @throws S3Error */
export function getObject (
  origin: Objects & PartReads, owners: BucketOwners, request: GetObjectRequest, signal: AbortSignal
): Promise<ObjectAnswer> {
  return retryOnceIfChanged(() => attempt(origin, owners, request, signal))
}

async function attempt (
  origin: Objects & PartReads, owners: BucketOwners, request: GetObjectRequest, signal: AbortSignal
): Promise<ObjectAnswer> {
  const { object, requester, preconditions, ifRange, headOnly } = request
  const head = await headReadable(origin, owners, object, requester, signal)
  const validators = { etag: head.etag, lastModified: head.lastModified }
  const verdict = evaluate(preconditions, validators)
  if (verdict === 'failed') throw new S3Error('PreconditionFailed')
  if (verdict === 'not modified') return { status: 304, head, part: undefined, body: undefined }
  const range = ifRange === undefined || ifRangeHolds(ifRange, validators) ? request.range : undefined
  const part = partOf(range, head.size)
  if (headOnly) return { status: part ? 206 : 200, head, part, body: undefined }
  if (head.size === 0) return { status: 200, head, part: undefined, body: undefined }
  const body = await pinned(
    object, () => origin.open(object, requester, head, part ?? { first: 0, last: head.size - 1 }, signal)
  )
  const isPart = part !== undefined && body.part !== 'whole'
  return { status: isPart ? 206 : 200, head, part: isPart ? part : undefined, body }
}
