import type { Readable } from 'node:stream'
import type { KeyPair } from '../credentials/key-pair.js'
import type { Proxy } from '../net/proxies.js'
import type { ByteRange } from '../s3/byte-range.js'
import type { BucketOrObject, ObjectAddress } from '../s3/object-address.js'

/** Whose share of an origin's calls and bodies a request comes out of. */
export interface Client {
  /** Who has signed; '' for nobody. */
  readonly accessKeyId: string
  /** Where it comes from, see networkKey. */
  readonly network: string
}

/** On whose behalf the origin is asked. `keyPair` undefined: unsigned. */
export interface Requester {
  readonly keyPair: KeyPair | undefined
  /** Send `x-amz-request-payer: requester`. */
  readonly requestPayer: boolean
  /** Send `x-amz-expected-bucket-owner`. */
  readonly expectedBucketOwner?: string
  /** Undefined: the server itself asks. */
  readonly client?: Client | undefined
  /**
   * `keyPair` is the server's own, and whoever asks has no part in it: what the origin says of it is no answer to them.
   */
  readonly own?: boolean
}

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

export interface ObjectRead extends ObjectHead {
  /** The part that `body` holds; the whole object where no range was asked. */
  readonly part: { readonly first: number, readonly last: number } | 'whole'
  /** Exactly the bytes of `part`, or an error. Whoever gets it destroys it. */
  readonly body: Readable
}

export interface HeadOptions {
  /**
   * Whoever asks does not tell AccessDenied and NoSuchKey apart, nor NoSuchKey and NoSuchBucket: no request is made to
   * find out.
   */
  readonly anyReason?: boolean
}

export interface ReadOptions {
  readonly range?: ByteRange
  /** An ETag: another one at the origin is `PreconditionFailed`. */
  readonly ifMatch?: string
  /** It is only asked whether it may be read. */
  readonly probe?: boolean
  /** Asked before so many bytes of the body are given: when it is their turn; undefined: at once. */
  readonly turn?: (bytes: number) => Promise<void> | undefined
}

/**
 * One ranged GET, signed and ready to be sent, and the only answer that is right: 206, these bytes, this ETag, this
 * size.
 */
export interface RangeRequest {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly etag: string
  /** The object's own; undefined: none. */
  readonly contentEncoding?: string | undefined
  /** A proxy through which host and port are reached. */
  readonly tunnel?: Proxy | undefined
  /** Offsets in the object, `last` inclusive. */
  readonly first: number
  readonly last: number
  /** Bytes of the whole object. */
  readonly size: number
}

/** How a thread reads a part of an object by itself: a ranged GET, or a file that must be what its ETag says. */
export type DirectRead =
  | { readonly kind: 'http', readonly request: RangeRequest }
  | { readonly kind: 'file', readonly path: string, readonly etag: string }

/**
 * A store of objects. It decides READ with the requester's own credentials at every call.
 * @throws OriginRefusal when the origin says no; OriginUnavailable when it could not be asked or made no sense
 */
export interface Origin {
  /** The same for the same objects, also in another process. */
  readonly name: string
  head (object: ObjectAddress, requester: Requester, signal: AbortSignal, options?: HeadOptions): Promise<ObjectHead>
  read (object: ObjectAddress, requester: Requester, options: ReadOptions, signal: AbortSignal): Promise<ObjectRead>
  /** The same read, for whoever has a faster way to the bytes of the object that `head` describes. */
  directRead (
    object: ObjectAddress,
    requester: Requester,
    head: ObjectHead,
    part: { readonly first: number, readonly last: number }
  ): Promise<DirectRead>
  headBucket (bucket: string, requester: Requester, signal: AbortSignal): Promise<void>
  /**
   * Whether `requester.expectedBucketOwner` owns the bucket; false also where the origin cannot tell. Asked of what the
   * requester was just allowed: an object, or the bucket itself.
   */
  ownerMatches (allowed: BucketOrObject, requester: Requester, signal: AbortSignal): Promise<boolean>
}

/** An origin that can be asked how it is. */
export interface OriginProbe {
  /** Whether it answers at all: whatever it says to a stranger. @throws OriginUnavailable, the signal's reason */
  assertThere (signal: AbortSignal): Promise<void>
}

/** S3's codes for what an origin refuses. */
export type RefusalCode =
  | 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | 'RequestTimeTooSkewed' | 'ExpiredToken'
  | 'InvalidToken' | 'NoSuchBucket' | 'NoSuchKey' | 'NoSuchVersion' | 'InvalidArgument' | 'InvalidBucketName'
  | 'KeyTooLongError' | 'InvalidObjectState' | 'InvalidRange' | 'MethodNotAllowed' | 'PreconditionFailed' | 'SlowDown'
  /** The object is stored with SSE-C and its key was not sent. */
  | 'EncryptedWithCustomerKey'

export class OriginRefusal extends Error {
  override name = 'OriginRefusal'
  readonly code: RefusalCode
  /** The refused object's latest version is a delete marker. */
  readonly deleteMarker: boolean

  constructor (code: RefusalCode, { deleteMarker = false, cause }: { deleteMarker?: boolean, cause?: unknown } = {}) {
    super(`the origin refused: ${code}`, { cause })
    this.code = code
    this.deleteMarker = deleteMarker
  }
}

// What is said of the key pair, or of the request: a bare 400 of HEAD is taken for InvalidArgument.
const NO_VERDICT = new Set<RefusalCode>([
  'SlowDown', 'InvalidArgument', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'ExpiredToken',
  'InvalidToken'
])

/** Whether the origin has decided about what it was asked for: that it is not there, or not for the requester. */
export function isVerdict (error: unknown): error is OriginRefusal {
  return error instanceof OriginRefusal && !NO_VERDICT.has(error.code)
}

/** The origin is down, timed out, broke off, or answered something that is not S3. */
export class OriginUnavailable extends Error {
  override name = 'OriginUnavailable'
}

/**
 * The origin answers the object, and nothing by which its versions could be told apart. It will not answer otherwise
 * another time.
 */
export class NoEtag extends OriginUnavailable {
  override name = 'NoEtag'

  constructor () {
    super('the origin gives the object no ETag')
  }
}

/** The origin sent the request elsewhere: its address or region is configured wrong. Never followed. */
export class OriginRedirect extends OriginUnavailable {
  override name = 'OriginRedirect'
  /** Where the bucket is (`x-amz-bucket-region`, `<Region>`), if that was said. */
  readonly region: string | undefined

  constructor (message: string, { region, cause }: { region?: string | undefined, cause?: unknown } = {}) {
    super(message, { cause })
    this.region = region
  }
}

/**
 * The origin sent the request for this one object elsewhere, as web servers do: to a login page, to a folder's own URL.
 */
export class ObjectRedirect extends OriginRedirect {
  override name = 'ObjectRedirect'
}
