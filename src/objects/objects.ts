import type { Readable } from 'node:stream'
import type { ByteRange } from '../s3/byte-range.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { Requester } from './requester.js'
import type { WorkerRead } from './worker-read.js'

export interface ObjectHead {
  /** Bytes of the whole object. */
  readonly size: number
  /** Quotes included, see readEtag. */
  readonly etag: string
  /** Undefined where the origin does not say. */
  readonly lastModified: Date | undefined
  /** `x-amz-request-charged: requester` was answered. */
  readonly requestCharged: boolean
  /** The object's own headers (content-type, x-amz-meta-…), lower-case names. */
  readonly headers: Readonly<Record<string, string>>
}

/** Offsets in an object, `last` inclusive. */
export interface Part {
  readonly first: number
  readonly last: number
}

export interface ObjectRead extends ObjectHead {
  /** The part that `body` holds; the whole object where no range was asked. */
  readonly part: Part | 'whole'
  /** Exactly the bytes of `part`, or an error. Whoever gets it destroys it. */
  readonly body: Readable
}

export interface HeadOptions {
  /**
   * The caller does not tell AccessDenied and NoSuchKey apart, nor NoSuchKey and NoSuchBucket: no request is made to
   * find out.
   */
  readonly anyReason?: boolean
}

export interface ReadOptions {
  readonly range?: ByteRange
  /** An ETag: another one at the origin is `PreconditionFailed`. */
  readonly ifMatch?: string
  /** The only question is whether the object may be read. */
  readonly probe?: boolean
}

/**
 * The objects of an origin, which decides READ with the requester's own credentials at every call. Whoever opens it
 * closes it.
 * @throws OriginRefusal when the origin says no; OriginUnavailable when it could not be asked or made no sense; either,
 * or the signal's reason, once the signal has fired
 */
export interface Objects {
  /** The same for the same objects, also in another process. */
  readonly name: string
  /** HeadObject. */
  head (object: ObjectAddress, requester: Requester, signal: AbortSignal, options?: HeadOptions): Promise<ObjectHead>
  /** GetObject. A signal that fires later ends the body. */
  read (object: ObjectAddress, requester: Requester, options: ReadOptions, signal: AbortSignal): Promise<ObjectRead>
  /**
   * A read of `part` of the object that `head` describes, for a hashing thread, which has a faster way to the bytes.
   * Asked anew for every try, because signatures age.
   */
  workerRead (object: ObjectAddress, requester: Requester, head: ObjectHead, part: Part): Promise<WorkerRead>
  /** Breaks off what is running. */
  close (): Promise<void>
}
