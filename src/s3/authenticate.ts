import type { KeyPair } from '../credentials/key-pair.js'
import type { FindKeyPair } from './admit.js'
import { refuseDuplicates, refusePayloadTricks } from './ambiguous-headers.js'
import { claimOfHeader, claimOfQuery, signedAt } from './claim-v4.js'
import { S3Error } from './errors.js'
import { amzValue } from './signable-request.js'
import type { SignableRequest } from './signable-request.js'
import { schemeOf } from './signature-scheme.js'
import { claimV2OfHeader, claimV2OfQuery } from './signature-v2.js'
import { ALGORITHM } from './signature-v4.js'
import { assertBegun, assertNotExpired, assertSkew } from './signing-time.js'
import { refuseUnsigned } from './unsigned-settings.js'
import { verifyV2 } from './verify-v2.js'
import { verifyV4 } from './verify-v4.js'

export interface Authenticator {
  /** Of the credential scope. */
  readonly region: string
  readonly signatureV2: boolean
  readonly find: FindKeyPair
  readonly now: () => number
}

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
    return verifyV4(request, claim, authenticator.find)
  }
  if (scheme === 'v4-query') {
    const claim = claimOfQuery(request, authenticator.region)
    const signed = signedAt(claim).getTime()
    assertBegun(signed, authenticator.now())
    assertNotExpired(signed + claim.expiresSeconds * 1000, authenticator.now())
    return verifyV4(request, claim, authenticator.find)
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
    return verifyV2(request, claim, authenticator.find)
  }
  const claim = claimV2OfQuery(request)
  assertNotExpired(Number(claim.expires) * 1000, authenticator.now())
  return verifyV2(request, claim, authenticator.find)
}
