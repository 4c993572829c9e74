import { S3Error } from './errors.js'

/** What a signature that does not fit was held against. */
export interface Mismatch {
  /** Of Signature Version 4, as this server sees the request. */
  readonly canonicalRequest?: string
  readonly stringToSign?: string
  /** SignedHeaders that did not arrive. */
  readonly missing?: readonly string[]
  /** Whether SignedHeaders are lower-case names in order, each once. */
  readonly isInOrder?: boolean
}

/**
 * Bytes of one element as it is written: some signed requests hold a session token, and nobody is told several times
 * what they sent.
 */
const MAX_ELEMENT_BYTES = 4096
const ENTITIES: Readonly<Record<string, number>> = { '&': 5, '<': 4, '>': 4, '"': 6, "'": 6 }
// Only the client has sent them; error documents are pasted into reports, and read by pages.
const SECRET_NAMES = 'x-amz-security-token|x-amz-(?:copy-source-)?server-side-encryption-customer-key'
const SECRET_HEADER = new RegExp(`^(authorization|cookie|proxy-authorization|${SECRET_NAMES}):.*$`, 'gm')
const SECRET_PARAMETER = new RegExp(String.raw`(^|[?&])(${SECRET_NAMES})=[^&\n]*`, 'gim')

/**
 * SignatureDoesNotMatch with what S3 puts into it, so that one look shows what a proxy has changed; each element cut,
 * secrets left out.
 */
export function signatureDoesNotMatch (
  claim: { readonly accessKeyId: string, readonly signature: string },
  { canonicalRequest, stringToSign, missing = [], isInOrder = true }: Mismatch
): S3Error {
  const reason = missing.length > 0
    ? ` Signed headers that did not arrive, or were removed on their way: ${cut(missing.join(', '))}.`
    : isInOrder ? '' : ' SignedHeaders are lower-case names in alphabetical order, each once.'
  return new S3Error('SignatureDoesNotMatch', {
    ...(reason !== '' && { message: `${new S3Error('SignatureDoesNotMatch').message}${reason}` }),
    details: {
      AWSAccessKeyId: claim.accessKeyId,
      ...(stringToSign !== undefined && { StringToSign: shown(stringToSign) }),
      SignatureProvided: cut(claim.signature),
      ...(canonicalRequest !== undefined && { CanonicalRequest: shown(canonicalRequest) })
    }
  })
}

function shown (text: string): string {
  return cut(text.replace(SECRET_HEADER, '$1:***').replace(SECRET_PARAMETER, '$1$2=***'))
}

function cut (text: string): string {
  let room = MAX_ELEMENT_BYTES
  for (let i = 0; i < text.length; i++) {
    room -= ENTITIES[text.charAt(i)] ?? (text.charCodeAt(i) < 0x80 ? 1 : 3)
    if (room < 0) return `${text.slice(0, i)}…`
  }
  return text
}
