import { createHmac } from 'node:crypto'
import { SignatureV4Base, createScope, getCanonicalHeaders, getSigningKey } from '@smithy/signature-v4'
import type { KeyPair } from '../credentials/key-pair.js'
import { Sha256 } from '../credentials/sha256.js'
import { encodeUri } from '../origin/uri-escape.js'
import type { SignableRequest } from './signable-request.js'
import { headerValues } from './signable-request.js'

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

// The SDK's string to sign, keys and header values. Its sign() cannot be used: it drops a signed Date header and sets
// X-Amz-Date itself; nor its canonical query: it leaves out x-amz-signature in any case, and a parameter named __proto__.
class Signer extends SignatureV4Base {
  constructor () {
    super({ service: 's3', region: '', credentials: { accessKeyId: '', secretAccessKey: '' }, sha256: Sha256, uriEscapePath: false, applyChecksum: false })
  }

  async sign (request: SignableRequest, path: string, claim: ClaimV4, keyPair: KeyPair): Promise<string> {
    const { scope: { date, region, service }, longDate, signedHeaders, payloadHash } = claim
    const values = Object.fromEntries(signedHeaders.map((name) => [name, headerValues(request, name).join(',')]))
    const headers = getCanonicalHeaders({ headers: values, method: '', protocol: '', hostname: '', path: '' }, undefined, new Set(signedHeaders))
    const names = Object.keys(headers).sort()
    const canonicalRequest = [
      request.method, path, canonicalQuery(request), ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), payloadHash
    ].join('\n')
    const stringToSign = await this.createStringToSign(longDate, createScope(date, region, service), canonicalRequest, ALGORITHM)
    const key = await getSigningKey(Sha256, keyPair, date, region, service)
    return createHmac('sha256', key).update(stringToSign).digest('hex')
  }
}

const signer = new Signer()

/**
 * The signature that `keyPair` gives `request` under the claim's scope, date and headers (AWS Signature Version 4).
 * @param path the canonical URI: as sent, or re-escaped by AWS's rule
 */
export function signatureV4 (request: SignableRequest, path: string, claim: ClaimV4, keyPair: KeyPair): Promise<string> {
  return signer.sign(request, path, claim, keyPair)
}

function canonicalQuery ({ address }: SignableRequest): string {
  return address.query
    .filter(({ name }) => name !== 'X-Amz-Signature')
    .map(({ name, value = '' }) => [encodeUri(name), encodeUri(value)] as const)
    .sort(([a, x], [b, y]) => a < b || (a === b && x < y) ? -1 : 1)
    .map((pair) => pair.join('='))
    .join('&')
}
