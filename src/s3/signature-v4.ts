import { createHmac } from 'node:crypto'
import { SignatureV4Base, createScope, getCanonicalHeaders, getSigningKey } from '@smithy/signature-v4'
import type { KeyPair } from '../credentials/key-pair.js'
import { Sha256 } from '../credentials/sha256.js'
import { encodeUri } from './uri.js'
import type { SignableRequest } from './signable-request.js'

export const ALGORITHM = 'AWS4-HMAC-SHA256'

/** What a client says it signed with, from the Authorization header or a presigned query. */
export interface ClaimV4 {
  readonly accessKeyId: string
  readonly scope: { readonly date: string, readonly region: string, readonly service: string }
  /** ISO 8601 basic, `20261122T075829Z`. */
  readonly longDate: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly payloadHash: string
}

/** How a client may have written what it signed: the canonical URI, and Host; undefined: as it arrived. */
export interface Spelling { readonly path: string, readonly host?: string }

/**
 * What is signed, for each way of writing it: AWS's canonical request of the claim's headers. Names that are not in
 * order, or did not arrive, make one that no client has signed.
 */
export function canonicalRequestsV4 (
  request: SignableRequest, { signedHeaders, payloadHash }: ClaimV4
): (spelling: Spelling) => string {
  const values = Object.fromEntries(signedHeaders.map((name) => [name, request.headers.valuesOf(name).join(',')]))
  const headers = getCanonicalHeaders(
    { headers: values, method: '', protocol: '', hostname: '', path: '' }, undefined, new Set(signedHeaders)
  )
  const names = Object.keys(headers).sort()
  const query = canonicalQuery(request)
  return ({ path, host = headers['host'] ?? '' }) => {
    const lines = names.map((name) => `${name}:${name === 'host' ? host : headers[name]}`)
    return [request.method, path, query, ...lines, '', names.join(';'), payloadHash].join('\n')
  }
}

// The SDK's string to sign, keys and header values. Its sign() cannot be used: it drops a signed Date header and sets
// X-Amz-Date itself; nor its canonical query: it leaves out x-amz-signature in any case, and a parameter named
// __proto__.
class Signer extends SignatureV4Base {
  constructor () {
    super({
      service: 's3',
      region: '',
      credentials: { accessKeyId: '', secretAccessKey: '' },
      sha256: Sha256,
      uriEscapePath: false,
      applyChecksum: false
    })
  }

  stringToSign ({ scope: { date, region, service }, longDate }: ClaimV4, canonicalRequest: string): Promise<string> {
    return this.createStringToSign(longDate, createScope(date, region, service), canonicalRequest, ALGORITHM)
  }

  async sign (claim: ClaimV4, canonicalRequests: readonly string[], keyPair: KeyPair): Promise<string[]> {
    const { scope: { date, region, service } } = claim
    const key = await getSigningKey(Sha256, keyPair, date, region, service)
    return Promise.all(canonicalRequests.map(
      async (canonical) => createHmac('sha256', key).update(await this.stringToSign(claim, canonical)).digest('hex')
    ))
  }
}

const signer = new Signer()

/**
 * The signatures that `keyPair` gives canonical requests under the claim's scope and date (AWS Signature Version 4),
 * one for each.
 */
export function signaturesV4 (
  claim: ClaimV4, canonicalRequests: readonly string[], keyPair: KeyPair
): Promise<string[]> {
  return signer.sign(claim, canonicalRequests, keyPair)
}

/** What the signing key is put to: the claim's date and scope, and the hash of a canonical request. */
export function stringToSignV4 (claim: ClaimV4, canonicalRequest: string): Promise<string> {
  return signer.stringToSign(claim, canonicalRequest)
}

function canonicalQuery ({ address }: SignableRequest): string {
  return address.query.parameters
    .filter(({ name }) => name !== 'X-Amz-Signature')
    // By name, then by value: NUL is before all that is in either.
    .map(({ name, value = '' }) => `${encodeUri(name)}\0${encodeUri(value)}`)
    .sort()
    .join('&')
    .replaceAll('\0', '=')
}
