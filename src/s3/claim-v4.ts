import { signingDate } from '../util/http-date.js'
import { S3Error } from './errors.js'
import type { S3ErrorCode } from './errors.js'
import { amzValue } from './signable-request.js'
import type { SignableRequest } from './signable-request.js'
import { ALGORITHM } from './signature-v4.js'
import type { ClaimV4 } from './signature-v4.js'

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
const MAX_EXPIRES_SECONDS = 604800
// An access key id may hold a comma.
const NEXT_COMPONENT = /,(?=\s*(?:Credential|SignedHeaders|Signature)=)/
const PRESIGNED_PARAMETERS = [
  'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature'
] as const

export type PresignedClaimV4 = ClaimV4 & { readonly expiresSeconds: number }

/** Reads `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`. @throws S3Error as AWS */
export function claimOfHeader (request: SignableRequest, authorization: string, region: string): ClaimV4 {
  const parts = new Map<string, string>()
  for (const part of authorization.slice(ALGORITHM.length).split(NEXT_COMPONENT)) {
    const [, name = '', value = ''] = /^\s*(Credential|SignedHeaders|Signature)=(\S+)\s*$/.exec(part) ?? []
    if (name === '' || parts.has(name) || (name !== 'Credential' && value.includes(','))) {
      throw malformed('the components Credential, SignedHeaders and Signature are required, once each.')
    }
    parts.set(name, value)
  }
  const credential = parts.get('Credential')
  const signedHeaders = parts.get('SignedHeaders')
  const signature = parts.get('Signature')
  if (!credential || !signedHeaders || !signature) {
    throw malformed('the components Credential, SignedHeaders and Signature are required, once each.')
  }
  const payloadHash = request.headers.first('x-amz-content-sha256')
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256' })
  }
  const longDate = headerDate(request)
  const claim = {
    ...parseCredential(credential, region, malformed),
    longDate,
    signedHeaders: signedHeaders.split(';'),
    signature,
    payloadHash
  }
  if (claim.scope.date !== longDate.slice(0, 8)) {
    throw malformed('the date of the credential is not the same as X-Amz-Date.')
  }
  return claim
}

/** Reads the six X-Amz-* parameters of a presigned URL. @throws S3Error AuthorizationQueryParametersError */
export function claimOfQuery (request: SignableRequest, region: string): PresignedClaimV4 {
  const [algorithm, credential, longDate, expires, signedHeaders, signature] = PRESIGNED_PARAMETERS.map((name) => {
    const values = request.address.query.valuesOf(name)
    if (values.length !== 1 || values[0] === '') {
      throw badQuery(
        `Query-string authentication version 4 requires the ${PRESIGNED_PARAMETERS.join(', ')} parameters, once each.`
      )
    }
    return String(values[0])
  }) as [string, string, string, string, string, string]
  if (algorithm !== ALGORITHM) throw badQuery(`X-Amz-Algorithm only supports "${ALGORITHM}".`)
  if (isoBasic(longDate) === undefined) {
    throw badQuery('X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd\'T\'HHmmss\'Z\'".')
  }
  if (!/^\d+$/.test(expires)) throw badQuery('X-Amz-Expires should be a non-negative number.')
  if (Number(expires) > MAX_EXPIRES_SECONDS) {
    throw badQuery(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ' +
      '604800 seconds.'
    )
  }
  const claim = {
    ...parseCredential(credential, region, badQuery), longDate, signedHeaders: signedHeaders.split(';'), signature
  }
  if (claim.scope.date !== longDate.slice(0, 8)) {
    throw badQuery('the date of X-Amz-Credential is not the same as X-Amz-Date.')
  }
  return {
    ...claim,
    expiresSeconds: Number(expires),
    payloadHash: amzValue(request, 'x-amz-content-sha256') ?? UNSIGNED_PAYLOAD
  }
}

/** When a claim was signed. */
export function signedAt ({ longDate }: ClaimV4): Date {
  return isoBasic(longDate) ?? new Date(NaN)
}

type Complaint = (reason: string, details?: Record<string, string>) => S3Error
const complaint = (code: S3ErrorCode, opening: string): Complaint => (reason, details = {}) => new S3Error(code, {
  message: opening + reason, details
})
const malformed = complaint('AuthorizationHeaderMalformed', 'The authorization header is malformed; ')
const badQuery = complaint('AuthorizationQueryParametersError', '')

// Access key ids with a slash are refused where key pairs are read, so five parts are five parts.
function parseCredential (credential: string, region: string, wrong: Complaint): Pick<ClaimV4,
  | 'accessKeyId'
  | 'scope'> {
  const parts = credential.split('/')
  const [accessKeyId = '', date = '', scopeRegion = '', service = '', terminal = ''] = parts
  if (parts.length !== 5 || accessKeyId === '') {
    throw wrong('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".')
  }
  if (!/^\d{8}$/.test(date)) {
    throw wrong(`incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`)
  }
  if (terminal !== 'aws4_request') throw wrong(`incorrect terminal "${terminal}". This endpoint uses "aws4_request".`)
  if (service !== 's3') throw wrong(`incorrect service "${service}". This endpoint belongs to "s3".`)
  if (scopeRegion !== region) {
    throw wrong(`the region '${scopeRegion}' is wrong; expecting '${region}'`, { Region: region })
  }
  return { accessKeyId, scope: { date, region, service } }
}

// X-Amz-Date wins over Date, which is signed as the same instant in ISO 8601.
function headerDate ({ headers }: SignableRequest): string {
  const amzDate = headers.first('x-amz-date')
  const date = headers.first('date')
  const instant = amzDate !== undefined ? isoBasic(amzDate) : signingDate(date ?? '')
  if (instant === undefined) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' })
  }
  return instant.toISOString().replace(/[-:]|\.\d{3}/g, '')
}

function isoBasic (text: string): Date | undefined {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  const date = new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}
