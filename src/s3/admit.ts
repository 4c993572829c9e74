import { createHash, timingSafeEqual } from 'node:crypto'
import type { KeyPair } from '../credentials/key-pair.js'
import { S3Error } from './errors.js'
import { amzValue } from './signable-request.js'
import type { SignableRequest } from './signable-request.js'
import { signatureDoesNotMatch } from './signature-mismatch.js'
import type { Mismatch } from './signature-mismatch.js'

/** Finds the key pair of an access key id; undefined: there is none. */
export type FindKeyPair = (accessKeyId: string) => Promise<KeyPair | undefined>

/** Stands for an unknown signer, so that the refusal takes as long as that of a wrong secret. */
export const NOBODY: KeyPair = { accessKeyId: '', secretAccessKey: 'no such access key' }

/**
 * The key pair of a request whose signature was computed again.
 * @param mismatch undefined: the signature fits
 * @throws S3Error InvalidAccessKeyId, SignatureDoesNotMatch, InvalidToken
 */
export function admit (
  request: SignableRequest,
  found: KeyPair | undefined,
  claim: { readonly accessKeyId: string, readonly signature: string },
  mismatch?: Mismatch
): KeyPair {
  if (found === undefined) throw new S3Error('InvalidAccessKeyId')
  if (mismatch !== undefined) throw signatureDoesNotMatch(claim, mismatch)
  if (amzValue(request, 'x-amz-security-token') !== found.sessionToken) throw new S3Error('InvalidToken')
  return found
}

/** Whether a signature is one of the expected ones, in constant time. */
export function matchesOne (given: string, expected: readonly string[]): boolean {
  // Hashing first gives both sides one length: no early exit, no throw.
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return expected.map((signature) => timingSafeEqual(digest(given), digest(signature))).includes(true)
}
