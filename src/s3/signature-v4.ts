import { createHmac } from 'node:crypto'
import { SignatureV4Base, createScope, getCanonicalHeaders, getSigningKey } from '@smithy/signature-v4'
import type { KeyPair } from '../credentials/key-pair.js'
import { Sha256 } from '../credentials/sha256.js'
import { encodeUri } from '../origin/uri-escape.js'
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

// The SDK's string to sign, keys and header values. Its sign() cannot be used: it drops a signed Date header and sets
// X-Amz-Date itself; nor its canonical query: it leaves out x-amz-signature in any case, and a parameter named __proto__.
class Signer extends SignatureV4Base {
  constructor () {
    super({ service: 's3', region: '', credentials: { accessKeyId: '', secretAccessKey: '' }, sha256: Sha256, uriEscapePath: false, applyChecksum: false })
  }

  async sign (request: SignableRequest, paths: readonly string[], claim: ClaimV4, keyPair: KeyPair): Promise<string[]> {
    const { scope: { date, region, service }, longDate, signedHeaders, payloadHash } = claim
    const values = Object.fromEntries(signedHeaders.map((name) => [name, request.headers.valuesOf(name).join(',')]))
    const headers = getCanonicalHeaders({ headers: values, method: '', protocol: '', hostname: '', path: '' }, undefined, new Set(signedHeaders))
    const names = Object.keys(headers).sort()
    const behindPath = [canonicalQuery(request), ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), payloadHash].join('\n')
    const key = await getSigningKey(Sha256, keyPair, date, region, service)
    return Promise.all(paths.map(async (path) => {
      const stringToSign = await this.createStringToSign(longDate, createScope(date, region, service), `${request.method}\n${path}\n${behindPath}`, ALGORITHM)
      return createHmac('sha256', key).update(stringToSign).digest('hex')
    }))
  }
}

const signer = new Signer()

/**
 * The signatures that `keyPair` gives `request` under the claim's scope, date and headers (AWS Signature Version 4), one for each path.
 * @param paths canonical URIs: as sent, and re-escaped by AWS's rule
 */
export function signaturesV4 (request: SignableRequest, paths: readonly string[], claim: ClaimV4, keyPair: KeyPair): Promise<string[]> {
  return signer.sign(request, paths, claim, keyPair)
}

function canonicalQuery ({ address }: SignableRequest): string {
  return address.query.parameters
    .filter(({ name }) => name !== 'X-Amz-Signature')
    .map(({ name, value = '' }) => `${encodeUri(name)}\0${encodeUri(value)}`) // by name, then by value: NUL is before all that is in either
    .sort()
    .join('&')
    .replaceAll('\0', '=')
}
