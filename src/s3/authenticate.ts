import { createHash, timingSafeEqual } from 'node:crypto'
import type { KeyPair } from '../credentials/key-pair.js'
import { claimOfHeader, claimOfQuery, signedAt } from './claim-v4.js'
import { S3Error } from './errors.js'
import { amzValue } from './signable-request.js'
import type { SignableRequest } from './signable-request.js'
import { signatureDoesNotMatch } from './signature-mismatch.js'
import type { Mismatch } from './signature-mismatch.js'
import { ALGORITHM, canonicalRequestsV4, signaturesV4, stringToSignV4 } from './signature-v4.js'
import type { ClaimV4 } from './signature-v4.js'
import { claimV2OfHeader, claimV2OfQuery, signatureV2, stringsToSignV2 } from './signature-v2.js'
import type { ClaimV2 } from './signature-v2.js'
import { otherHosts } from './signed-host.js'
import { decodeUri, encodeUriPath } from './uri.js'

export interface Authenticator {
  /** Of the credential scope. */
  readonly region: string
  readonly signatureV2: boolean
  readonly find: (accessKeyId: string) => Promise<KeyPair | undefined>
  readonly now: () => number
}

const MAX_SKEW_MS = 15 * 60 * 1000
// For signers nobody knows, so that they wait as long as a wrong secret does.
const NOBODY: KeyPair = { accessKeyId: '', secretAccessKey: 'no such access key' }

/**
 * Who signed a GET or HEAD: the key pair, or undefined for a request that carries no credentials of any kind.
 * Whatever looks like credentials is verified or refused, never taken for anonymous.
 * @throws S3Error
 */
export async function authenticate (
  request: SignableRequest, authenticator: Authenticator
): Promise<KeyPair | undefined> {
  refuseDuplicates(request)
  refusePayloadTricks(request)
  const scheme = schemeOf(request)
  if (scheme === 'anonymous') {
    if (amzValue(request, 'x-amz-security-token') !== undefined) throw new S3Error('InvalidToken')
    return undefined
  }
  const authorization = request.headers.first('authorization') ?? ''
  if (scheme === 'v4-header') {
    const claim = claimOfHeader(request, authorization, authenticator.region)
    assertSkew(signedAt(claim), authenticator.now())
    return verifyV4(request, claim, authenticator)
  }
  if (scheme === 'v4-query') {
    const claim = claimOfQuery(request, authenticator.region)
    const signed = signedAt(claim).getTime()
    if (signed > authenticator.now() + MAX_SKEW_MS) {
      throw new S3Error('AccessDenied', { message: 'Request is not yet valid' })
    }
    assertNotExpired(signed + claim.expiresSeconds * 1000, authenticator.now())
    return verifyV4(request, claim, authenticator)
  }
  if (!authenticator.signatureV2) {
    throw new S3Error('InvalidRequest', {
      message: `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`
    })
  }
  if (scheme === 'v2-header') {
    const claim = claimV2OfHeader(request, authorization)
    refuseUnsigned([...request.address.query.lowerCaseNames].filter((name) => name.startsWith('x-amz-')))
    assertSkew(claim.signedAt ?? new Date(NaN), authenticator.now())
    return verifyV2(request, claim, authenticator)
  }
  const claim = claimV2OfQuery(request)
  assertNotExpired(Number(claim.expires) * 1000, authenticator.now())
  return verifyV2(request, claim, authenticator)
}

const V4_PARAMETERS = [
  'x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-expires', 'x-amz-signedheaders', 'x-amz-signature'
]
const V2_PARAMETERS = ['awsaccesskeyid', 'signature', 'expires']

function schemeOf ({ address: { query }, headers }: SignableRequest):
  | 'anonymous'
  | 'v4-header'
  | 'v4-query'
  | 'v2-header'
  | 'v2-query' {
  const v4Query = V4_PARAMETERS.some((name) => query.hasAnyCase(name))
  const v2Query = V2_PARAMETERS.some((name) => query.hasAnyCase(name))
  const authorizations = headers.valuesOf('authorization')
  if (authorizations.length + Number(v4Query) + Number(v2Query) > 1) {
    throw new S3Error('InvalidArgument', {
      message: 'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string ' +
        'parameter or the Authorization header should be specified',
      details: { ArgumentName: 'Authorization' }
    })
  }
  if (v4Query) return 'v4-query'
  if (v2Query) return 'v2-query'
  const [authorization] = authorizations
  if (authorization === undefined) return 'anonymous'
  if (authorization === ALGORITHM || authorization.startsWith(`${ALGORITHM} `)) return 'v4-header'
  if (authorization.startsWith('AWS ')) return 'v2-header'
  throw new S3Error('InvalidArgument', {
    message: 'Unsupported Authorization Type', details: { ArgumentName: 'Authorization' }
  })
}

async function verifyV4 (request: SignableRequest, claim: ClaimV4, authenticator: Authenticator): Promise<KeyPair> {
  const { headers } = request
  const signed = new Set(claim.signedHeaders)
  refuseUnsigned(
    [...headers.names].filter((name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name))
  )
  const found = await authenticator.find(claim.accessKeyId)
  // No signature fits another list, whoever claims it: nothing is computed, for a key pair that is known and for one
  // that is not.
  const inOrder = claim.signedHeaders.every(
    (name, i, names) => name === name.toLowerCase() && (i === 0 || name > String(names[i - 1]))
  )
  const missing = claim.signedHeaders.filter((name) => !headers.has(name))
  if (!inOrder || missing.length > 0) return admit(request, found, claim, { isInOrder: inOrder, missing })
  const { rawPath } = request.address
  // A client may escape more or less than AWS's rule on the wire; both spellings are the same key.
  const paths = [...new Set([rawPath, encodeUriPath(decodeUri(rawPath))])]
  const canonicalRequest = canonicalRequestsV4(request, claim)
  const hosts = otherHosts(headers.first('host') ?? '')
  // As it arrived first, which fits nearly always.
  for (const spellings of [
    paths.map((path) => ({ path })), paths.flatMap((path) => hosts.map((host) => ({ path, host })))
  ]) {
    const signatures = await signaturesV4(claim, spellings.map(canonicalRequest), found ?? NOBODY)
    if (matchesOne(claim.signature, signatures)) return admit(request, found, claim)
  }
  const asSent = canonicalRequest({ path: rawPath })
  return admit(request, found, claim, { canonicalRequest: asSent, stringToSign: await stringToSignV4(claim, asSent) })
}

// An x-amz-* setting that the signature does not cover could be anybody's.
function refuseUnsigned (names: readonly string[]): void {
  if (names.length === 0) return
  throw new S3Error('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    details: { HeadersNotSigned: [...new Set(names)].join(', ') }
  })
}

async function verifyV2 (request: SignableRequest, claim: ClaimV2, { find }: Authenticator): Promise<KeyPair> {
  const found = await find(claim.accessKeyId)
  const stringsToSign = stringsToSignV2(request, claim)
  const [stringToSign = ''] = stringsToSign
  const matches = matchesOne(claim.signature, stringsToSign.map((text) => signatureV2(text, found ?? NOBODY)))
  return admit(request, found, claim, matches ? undefined : { stringToSign })
}

function admit (
  request: SignableRequest, found: KeyPair | undefined, claim: ClaimV4 | ClaimV2, mismatch?: Mismatch
): KeyPair {
  if (found === undefined) throw new S3Error('InvalidAccessKeyId')
  if (mismatch !== undefined) throw signatureDoesNotMatch(claim, mismatch)
  if (amzValue(request, 'x-amz-security-token') !== found.sessionToken) throw new S3Error('InvalidToken')
  return found
}

// Hashing first gives both sides one length: no early exit, no throw.
function matchesOne (given: string, expected: readonly string[]): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return expected.map((signature) => timingSafeEqual(digest(given), digest(signature))).includes(true)
}

function assertSkew (signed: Date, now: number): void {
  if (!(Math.abs(signed.getTime() - now) <= MAX_SKEW_MS)) {
    throw new S3Error('RequestTimeTooSkewed', {
      details: { ServerTime: new Date(now).toISOString(), MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS) }
    })
  }
}

function assertNotExpired (expires: number, now: number): void {
  if (now >= expires) {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      details: { ExpiresDate: new Date(expires).toISOString(), ServerTime: new Date(now).toISOString() }
    })
  }
}

// Whose order would change the answer under the same signature.
const SINGLE = new Set(['date', 'host', 'if-modified-since', 'if-range', 'if-unmodified-since'])

// First-wins here and last-wins behind a proxy would be two requests under one signature.
function refuseDuplicates (request: SignableRequest): void {
  const seen = new Set<string>()
  for (const [name] of request.headers.pairs) {
    if ((SINGLE.has(name) || name.startsWith('x-amz-')) && seen.has(name)) {
      throw new S3Error('InvalidArgument', {
        message: `The header ${name} is given more than once`, details: { ArgumentName: name }
      })
    }
    seen.add(name)
  }
}

// No body is read, so no hash of one is needed; a STREAMING-* value would claim a chunk signature that nobody checks.
function refusePayloadTricks (request: SignableRequest): void {
  const hash = amzValue(request, 'x-amz-content-sha256')
  if (hash !== undefined && hash !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/.test(hash)) {
    throw new S3Error('InvalidArgument', {
      message: 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value.',
      details: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: hash }
    })
  }
}
