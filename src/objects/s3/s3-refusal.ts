import { chainOf, connectionFailure } from '../../net/connection-failure.js'
import { ObjectRedirect, OriginRedirect, OriginRefusal, OriginUnavailable, isVerdict } from '../origin-errors.js'
import type { BucketOrObject } from '../../s3/object-address.js'
import type { RefusalCode } from '../origin-errors.js'
import type { Requester } from '../requester.js'
import { OwnKeyPairRefused } from './own-key-pair.js'
import { encodeUriPath } from '../../s3/uri.js'

const PASSED_ON = new Set<string>([
  'AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'ExpiredToken', 'InvalidToken',
  'NoSuchBucket',
  'NoSuchKey', 'NoSuchVersion', 'InvalidArgument', 'InvalidBucketName', 'KeyTooLongError', 'InvalidObjectState',
  'InvalidRange',
  'MethodNotAllowed', 'PreconditionFailed', 'SlowDown'
] satisfies RefusalCode[])

const BY_STATUS: Readonly<Record<number, RefusalCode>> = {
  400: 'InvalidArgument',
  401: 'AccessDenied',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  405: 'MethodNotAllowed',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  429: 'SlowDown'
}

/** MinIO's, Ceph's and AWS's words for a key that no object can have. */
const NO_SUCH_KEY = new Set(['XMinioInvalidObjectName', 'InvalidObjectName', 'InvalidURI'])

/** The SDK's names for an error that came without one. */
const NO_CODE = /^(Unknown|SyntaxError$|TypeError$|Error$|NotFound$|Forbidden$|BadRequest$)/

const REGION = /^[a-z0-9-]{1,64}$/
/**
 * "the region 'us-east-1' is wrong; expecting 'eu-west-1'"; "The eu-west-1 location constraint is incompatible for
 * the region specific endpoint this request was sent to."
 */
const IN_MESSAGE = /expecting '([a-z0-9-]{1,64})'|^The (?!unspecified )([a-z0-9-]{1,64}) location constraint/
const OF_REGION = new Set(['AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'])

/** Said of a key pair, whatever was asked for. */
const OF_KEY_PAIR = new Set([
  'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'RequestExpired', 'ExpiredToken',
  'InvalidToken', 'TokenRefreshRequired', 'InvalidSecurity', 'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException', 'NotSignedUp', 'AccountProblem'
])

/** What the SDK throws, as far as it is looked at. */
interface ServiceException {
  readonly name: string
  readonly message: string
  /** `<Region>` of the document. */
  readonly Region?: unknown
  readonly $metadata: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

/** The status of an answer that the SDK threw; undefined where there was no answer. */
export function statusOf (error: unknown): number | undefined {
  return isServiceException(error) ? error.$metadata.httpStatusCode : undefined
}

/** Of an answer that the SDK threw, lower-case names. */
export function headersOf (error: unknown): Readonly<Record<string, string>> {
  return isServiceException(error) ? error.$response?.headers ?? {} : {}
}

/** Whether S3's own word for the refusal came with it. */
export function saysWhy (error: unknown): boolean {
  return isServiceException(error) && /^[A-Z][A-Za-z0-9]{5,60}$/.test(error.name) && !NO_CODE.test(error.name)
}

/** What a status to HEAD says by itself; undefined where it takes a reason. */
export function verdictOf (status: unknown): RefusalCode | undefined {
  return status === 401 || status === 403 || status === 404 ? BY_STATUS[status] : undefined
}

/** The contract's error for whatever the SDK threw. */
export function asOriginError (error: unknown): Error {
  if (error instanceof OriginRefusal || error instanceof OriginUnavailable) return error
  if (!isServiceException(error)) return unreachable(error)
  const status = error.$metadata.httpStatusCode ?? 0
  const deleteMarker = error.$response?.headers?.['x-amz-delete-marker'] === 'true'
  const redirect = asRedirect(error, status)
  if (redirect !== undefined) return redirect
  if (status === 400 && isCustomerKeyMissing(error)) {
    return new OriginRefusal('EncryptedWithCustomerKey', { cause: error })
  }
  if (status === 400 && NO_SUCH_KEY.has(error.name)) return new OriginRefusal('NoSuchKey', { cause: error })
  if (PASSED_ON.has(error.name) && status >= 400) {
    return new OriginRefusal(error.name as RefusalCode, { deleteMarker, cause: error })
  }
  const code = BY_STATUS[status]
  if (code === undefined) return new OriginUnavailable(`the origin answered ${status} ${error.name}`, { cause: error })
  return new OriginRefusal(code, { deleteMarker, cause: error })
}

function unreachable (cause: unknown): OriginUnavailable {
  const reason = connectionFailure(chainOf(cause))
  return new OriginUnavailable(`the origin could not be asked${reason === undefined ? '' : `: ${reason}`}`, { cause })
}

/**
 * The same, where the server asked with its own key pair for somebody else: what is said of the pair is not theirs. A
 * 400 that says nothing certain is said of the pair too, but for what they chose: a version, or the owner they expect.
 */
export function asOriginErrorFor (requester: Requester, asked: BucketOrObject, thrown: unknown): Error {
  const error = asOriginError(thrown)
  // Swift's s3api hands the unsigned on to another API, whose refusals are pages.
  if (requester.keyPair === undefined && statusOf(thrown) === 400 && !saysWhy(thrown)) {
    return new OriginRefusal('AccessDenied', { cause: thrown })
  }
  if (requester.own !== true || requester.keyPair === undefined) {
    return error instanceof OriginRedirect && isOfObject(error, asked)
      ? new ObjectRedirect(`the origin redirects this object (${statusOf(error.cause)})`, { cause: error.cause })
      : error
  }
  const { name = '' } = isServiceException(error.cause) ? error.cause : {}
  const status = statusOf(error.cause) ?? 0
  const isUncertain = status === 400 && error instanceof OriginRefusal && !isVerdict(error) &&
    asked.versionId === undefined && requester.expectedBucketOwner === undefined
  if (!OF_KEY_PAIR.has(name) && !(error instanceof OriginRedirect) && !isUncertain) return error
  return new OwnKeyPairRefused(saysWhy(error.cause) ? name : `status ${status}`, error)
}

// The bucket is in another region: 301 and 307, or 400 where the signature names the region, of which a HEAD has the
// header alone.
function asRedirect (error: ServiceException, status: number): OriginRedirect | undefined {
  const said = error.$response?.headers?.['x-amz-bucket-region'] ?? error.Region ?? (OF_REGION.has(error.name)
    ? IN_MESSAGE.exec(error.message)?.slice(1).find((region) => region !== undefined)
    : undefined)
  const region = typeof said === 'string' && REGION.test(said) ? said : undefined
  const isElsewhere = status >= 300 && status < 400 && status !== 304
  const isOtherRegion = status === 400 && (OF_REGION.has(error.name) || (region !== undefined && !saysWhy(error)))
  if (!isElsewhere && !isOtherRegion) return undefined
  const code = isOtherRegion && saysWhy(error) ? ` ${error.name}` : ''
  return new OriginRedirect(
    `the origin answered ${status}${code}: check ` +
    `${region === undefined ? '--origin, --origin-addressing and --region' : `--region ${region}`}`,
    { region, cause: error }
  )
}

// The same path elsewhere is another address of the store; another path is where a web server wants this object to be
// asked for.
function isOfObject ({ region, cause }: OriginRedirect, { key }: BucketOrObject): boolean {
  if (key === undefined || region !== undefined || !isServiceException(cause) || saysWhy(cause)) return false
  const location = cause.$response?.headers?.['location'] ?? ''
  if (location === '' || !URL.canParse(location, 'http://origin')) return false
  return !new URL(location, 'http://origin').pathname.endsWith(`/${encodeUriPath(key)}`)
}

// AWS and MinIO answer InvalidRequest ("…a form of Server Side Encryption…"), Ceph InvalidArgument ("…Server Side
// Encryption with Customer provided keys…").
function isCustomerKeyMissing ({ name, message }: ServiceException): boolean {
  return (name === 'InvalidRequest' || name === 'InvalidArgument') && /encrypt/i.test(message)
}

function isServiceException (error: unknown): error is ServiceException {
  return error instanceof Error && '$metadata' in error && typeof (error.$metadata as {
    httpStatusCode?: unknown
  }).httpStatusCode === 'number'
}
