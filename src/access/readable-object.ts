import { S3Error } from '../s3/errors.js'
import { NoTorrent } from '../s3/no-torrent.js'
import type { BucketOrObject, ObjectAddress } from '../s3/object-address.js'
import type { Buckets } from '../objects/buckets.js'
import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import { asking } from './origin-errors.js'

/** How the origin's answers are checked where it does not check itself. */
export interface BucketOwners {
  /** The owner's id by bucket (`--bucket-owner`). */
  readonly bucketOwners: ReadonlyMap<string, string>
  /** Asked about the other buckets; undefined: no requester expects an owner. */
  readonly buckets?: Pick<Buckets, 'ownerMatches'>
}

/**
 * HeadObject, and the requester's right to READ with it: decided by the origin now, never from memory.
 * @throws S3Error AccessDenied, NoSuchKey, InvalidRequest (SSE-C), InvalidObjectState (archived), …
 */
export async function headReadable (
  origin: Objects, owners: BucketOwners, object: ObjectAddress, requester: Requester, signal: AbortSignal
): Promise<ObjectHead> {
  const head = await asking(object, () => origin.head(object, requester, signal))
  await assertOwner(owners, object, requester, signal)
  assertStoredPlainly(head)
  return head
}

/** @throws NoTorrent of an object whose bytes are not to be had: SSE-C, archived */
export function assertStoredPlainly (head: ObjectHead): void {
  if (head.headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined) throw new NoTorrent('sse-c')
  if (isArchived(head)) {
    throw new NoTorrent('archived', { storageClass: head.headers['x-amz-storage-class'] ?? '' })
  }
}

/** @throws S3Error AccessDenied when the bucket is not, or not known to be, `expectedBucketOwner`'s */
export async function assertOwner (
  { bucketOwners, buckets }: BucketOwners, allowed: BucketOrObject, requester: Requester, signal: AbortSignal
): Promise<void> {
  if (requester.expectedBucketOwner === undefined) return
  const configured = bucketOwners.get(allowed.bucket)
  const matches = configured === undefined
    ? await asking(allowed, async () => await buckets?.ownerMatches(allowed, requester, signal) ?? false)
    : configured === requester.expectedBucketOwner
  if (!matches) throw new S3Error('AccessDenied')
}

function isArchived ({ headers }: ObjectHead): boolean {
  const archived = /^(GLACIER|DEEP_ARCHIVE)$/.test(headers['x-amz-storage-class'] ?? '') ||
    headers['x-amz-archive-status'] !== undefined
  return archived && !/ongoing-request="false"/.test(headers['x-amz-restore'] ?? '')
}
