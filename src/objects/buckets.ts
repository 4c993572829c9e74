import type { BucketOrObject } from '../s3/object-address.js'
import type { Requester } from './requester.js'

/**
 * The buckets of an origin.
 * @throws OriginRefusal when the origin says no; OriginUnavailable when it could not be asked or made no sense; either,
 * or the signal's reason, once the signal has fired
 */
export interface Buckets {
  /** HeadBucket. @throws OriginRefusal NoSuchBucket or NoSuchKey where there is none */
  headBucket (bucket: string, requester: Requester, signal: AbortSignal): Promise<void>
  /**
   * Whether `requester.expectedBucketOwner` owns the bucket; false also where the origin cannot tell. Asked of what the
   * requester was just allowed: an object, or the bucket itself.
   */
  ownerMatches (allowed: BucketOrObject, requester: Requester, signal: AbortSignal): Promise<boolean>
}
