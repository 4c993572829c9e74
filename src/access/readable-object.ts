import { S3Error } from '../s3/errors.js'
import { NoTorrent } from '../s3/no-torrent.js'
import type { BucketOrObject, ObjectAddress } from '../s3/object-address.js'
import type { ObjectHead, Origin, Requester } from '../objects/origin.js'
import { asking } from './origin-errors.js'

/** How the origin's answers are checked where it does not check itself. */
export interface BucketOwners {
  /** The owner's id by bucket (`--bucket-owner`). */
  readonly bucketOwners: ReadonlyMap<string, string>
}

/**
 * HeadObject, and the requester's right to READ with it: decided by the origin now, never from memory.
 * @throws S3Error AccessDenied, NoSuchKey, InvalidRequest (SSE-C), InvalidObjectState (archived), …
 */
export async function headReadable (
  origin: Origin, owners: BucketOwners, object: ObjectAddress, requester: Requester, signal: AbortSignal
): Promise<ObjectHead> {
  const head = await asking(object, () => origin.head(object, requester, signal))
  await assertOwner(origin, owners, object, requester, signal)
  if (head.headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined) throw new NoTorrent('sse-c')
  if (isArchived(head)) {
    throw new NoTorrent('archived', { storageClass: head.headers['x-amz-storage-class'] ?? '' })
  }
  return head
}

/** @throws S3Error AccessDenied when the bucket is not, or not known to be, `expectedBucketOwner`'s */
export async function assertOwner (
  origin: Origin, { bucketOwners }: BucketOwners, allowed: BucketOrObject, requester: Requester, signal: AbortSignal
): Promise<void> {
  if (requester.expectedBucketOwner === undefined) return
  const configured = bucketOwners.get(allowed.bucket)
  const matches = configured === undefined
    ? await asking(allowed, () => origin.ownerMatches(allowed, requester, signal))
    : configured === requester.expectedBucketOwner
  if (!matches) throw new S3Error('AccessDenied')
}

function isArchived ({ headers }: ObjectHead): boolean {
  const archived = /^(GLACIER|DEEP_ARCHIVE)$/.test(headers['x-amz-storage-class'] ?? '') ||
    headers['x-amz-archive-status'] !== undefined
  return archived && !/ongoing-request="false"/.test(headers['x-amz-restore'] ?? '')
}
