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

/**
 * Whether the unsigned are refused, for what is merely told of an object: a store that has only a 400 for them
 * publishes nothing.
 */
export function refusesUnsigned (error: unknown): error is OriginRefusal {
  return error instanceof OriginRefusal && error.code !== 'SlowDown'
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
