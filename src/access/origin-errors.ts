import { NoEtag, ObjectRedirect, OriginRefusal, OriginUnavailable } from '../objects/origin-errors.js'
import type { BucketOrObject } from '../s3/object-address.js'
import { S3Error } from '../s3/errors.js'
import { invalidArgument } from '../s3/invalid-argument.js'
import { NoTorrent } from '../s3/no-torrent.js'

/** Runs `ask` and turns what the origin refused, or could not do, into S3's error for it. */
export async function asking<T> (object: BucketOrObject, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw asS3Error(error, object)
  }
}

/** Ask again later. */
export function slowDown (cause: unknown): S3Error {
  return new S3Error('SlowDown', { headers: { 'retry-after': '5' }, cause })
}

function asS3Error (error: unknown, { bucket, key, versionId }: BucketOrObject): unknown {
  if (error instanceof ObjectRedirect) return new NoTorrent('redirect', { cause: error })
  if (error instanceof NoEtag) return new NoTorrent('no-etag', { cause: error })
  if (error instanceof OriginUnavailable) return new S3Error('ServiceUnavailable', { cause: error })
  if (!(error instanceof OriginRefusal)) return error
  switch (error.code) {
    case 'EncryptedWithCustomerKey': return new NoTorrent('sse-c', { cause: error })
    case 'InvalidObjectState': return new NoTorrent('archived', { cause: error })
    case 'NoSuchBucket': return new S3Error('NoSuchBucket', { details: { BucketName: bucket }, cause: error })
    case 'NoSuchKey':
      return new S3Error('NoSuchKey', {
        details: { Key: key ?? '' },
        ...(error.deleteMarker && { headers: { 'x-amz-delete-marker': 'true' } }),
        cause: error
      })
    case 'NoSuchVersion': return new S3Error('NoSuchVersion', {
      details: { Key: key ?? '', VersionId: versionId ?? '' }, cause: error
    })
    case 'InvalidArgument':
      return versionId === undefined
        ? new S3Error('InvalidArgument', { cause: error })
        : invalidArgument('versionId', { value: versionId, message: 'Invalid version id specified', cause: error })
    case 'MethodNotAllowed':
      return error.deleteMarker
        ? new S3Error('MethodNotAllowed', {
          headers: { 'x-amz-delete-marker': 'true', allow: 'DELETE' },
          details: { ResourceType: 'DeleteMarker' },
          cause: error
        })
        : new S3Error('MethodNotAllowed', { cause: error })
    case 'SlowDown': return slowDown(error)
    default: return new S3Error(error.code, { cause: error })
  }
}
