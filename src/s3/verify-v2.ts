import type { KeyPair } from '../credentials/key-pair.js'
import { NOBODY, admit, matchesOne } from './admit.js'
import type { FindKeyPair } from './admit.js'
import type { SignableRequest } from './signable-request.js'
import { signatureV2, stringsToSignV2 } from './signature-v2.js'
import type { ClaimV2 } from './signature-v2.js'

/** Whose key pair has signed a request by Signature Version 2. @throws S3Error */
export async function verifyV2 (request: SignableRequest, claim: ClaimV2, find: FindKeyPair): Promise<KeyPair> {
  const found = await find(claim.accessKeyId)
  const stringsToSign = stringsToSignV2(request, claim)
  const [stringToSign = ''] = stringsToSign
  const matches = matchesOne(claim.signature, stringsToSign.map((text) => signatureV2(text, found ?? NOBODY)))
  return admit(request, found, claim, matches ? undefined : { stringToSign })
}
