import type { Buckets } from '../objects/buckets.js'
import type { Requester } from '../objects/requester.js'
import { S3Error } from '../s3/errors.js'
import { asking } from '../access/origin-errors.js'
import { assertOwner } from '../access/readable-object.js'
import type { BucketOwners } from '../access/readable-object.js'

/**
 * GetBucketLocation, which s3cmd asks before anything else. The answer is this server's configuration, so a bucket that
 * the requester may not list is no reason to refuse, unless its owner matters; a missing one is.
 * @throws S3Error NoSuchBucket, …
 */
export async function getBucketLocation (
  buckets: Buckets, owners: BucketOwners, bucket: string, requester: Requester, signal: AbortSignal
): Promise<void> {
  try {
    await asking({ bucket }, () => buckets.headBucket(bucket, requester, signal))
  } catch (error) {
    const code = error instanceof S3Error ? error.code : undefined
    if (code === 'NoSuchKey') throw new S3Error('NoSuchBucket', { details: { BucketName: bucket }, cause: error })
    if (code === 'AccessDenied' && requester.expectedBucketOwner === undefined) return
    throw error
  }
  await assertOwner(owners, { bucket }, requester, signal)
}
