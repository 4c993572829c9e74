import type { KeyPair } from '../credentials/key-pair.js'
import { NOBODY, admit, matchesOne } from './admit.js'
import type { FindKeyPair } from './admit.js'
import type { SignableRequest } from './signable-request.js'
import { canonicalRequestsV4, signaturesV4, stringToSignV4 } from './signature-v4.js'
import type { ClaimV4 } from './signature-v4.js'
import { otherHosts } from './signed-host.js'
import { refuseUnsigned } from './unsigned-settings.js'
import { decodeUri, encodeUriPath } from './uri.js'

/** Whose key pair has signed a request by Signature Version 4. @throws S3Error */
export async function verifyV4 (request: SignableRequest, claim: ClaimV4, find: FindKeyPair): Promise<KeyPair> {
  const { headers } = request
  const signed = new Set(claim.signedHeaders)
  refuseUnsigned(
    [...headers.names].filter((name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name))
  )
  const found = await find(claim.accessKeyId)
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
