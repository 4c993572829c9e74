import { chainOf, connectionFailure } from '../net/connection-failure.js'
import { NoEtag, ObjectRedirect, OriginRedirect, OriginRefusal, OriginUnavailable } from '../objects/origin-errors.js'
import type { Requester } from '../objects/requester.js'
import { S3Error } from '../s3/errors.js'

/** An object or a file that could not be read. */
export interface RefusedSource {
  readonly kind: 's3' | 'file' | 'url'
  /** As it may be shown. */
  readonly label: string
  readonly requester: Requester
}

/**
 * Why an object could not be read, in a sentence without its end, and what to do about it. Undefined for what is
 * nobody's refusal.
 */
export function refusalOf (error: unknown, { kind, label, requester: { keyPair } }: RefusedSource): string | undefined {
  const cause = chainOf(error)
  const redirect = cause.find((error) => error instanceof OriginRedirect)
  if (redirect instanceof ObjectRedirect) {
    return `the store answers ${label} with a redirect, and those are not followed; name the key that it leads to`
  }
  if (redirect) {
    return `the store sends ${label} elsewhere; check --endpoint-url and ` +
      `--region${redirect.region === undefined ? '' : `, which is ${redirect.region} there`}`
  }
  if (cause.some((error) => error instanceof NoEtag)) {
    return `the store gives ${label} no ETag, without which its versions cannot be told apart; have it send one, ` +
      'or fetch the object and name the file'
  }
  const code = cause.findLast((error) => error instanceof S3Error || error instanceof OriginRefusal)?.code
  const unavailable = cause.find((error) => error instanceof OriginUnavailable)
  if (unavailable && (code === undefined || code === 'ServiceUnavailable')) {
    return `${label} cannot be read: ${reasonOf(cause)}; ` +
      `${kind === 's3' ? 'check --endpoint-url, and try again' : 'try again'}`
  }
  switch (code) {
    case undefined: return undefined
    case 'NoSuchBucket': return `there is no bucket for ${label} there; --endpoint-url says which store is asked`
    case 'NoSuchKey': return kind === 's3' ? `there is no object ${label}` : `there is nothing at ${label}`
    case 'NoSuchVersion': return `there is no such version of ${label}`
    case 'AccessDenied':
      if (kind !== 's3') return `${label} may not be read`
      return keyPair === undefined
        ? `${label} is not readable by everybody; leave --no-sign-request out, and sign`
        : `${label} is not readable with the access key ${keyPair.accessKeyId}; --profile chooses other credentials`
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
      return `the store does not take the credentials for ${label} (${code}); check the key pair, --profile and ` +
        '--endpoint-url'
    case 'ExpiredToken': return `the credentials for ${label} have expired; get new ones (aws sso login, for one)`
    case 'RequestTimeTooSkewed': return `the store does not take the signature for ${label}: the clock of this ` +
      'machine is wrong'
    case 'InvalidObjectState': return `${label} is archived; restore it first`
    case 'EncryptedWithCustomerKey': return `${label} was stored with a customer-provided key (SSE-C), which only ` +
      'its owner can send'
    case 'PreconditionFailed': return `${label} changed while it was read; try again`
    case 'SlowDown': return `the store is busy, or ${label} keeps changing; try again later`
    default: {
      const s3 = cause.find((error) => error instanceof S3Error)
      return `${label}: ${s3?.message ?? code} (${code})`
    }
  }
}

// The deepest one knows; a system's code says it shortest.
function reasonOf (chain: readonly Error[]): string {
  const reason = connectionFailure(chain)
  if (reason !== undefined) return reason
  const system = chain.map((error) => (error as NodeJS.ErrnoException).code).findLast(
    (code) => typeof code === 'string' && /^E[A-Z]+$/.test(code)
  )
  const deepest = chain.findLast((error) => error instanceof OriginUnavailable)?.message ?? chain.at(-1)?.message ?? ''
  return system === undefined ? deepest : `${deepest} (${system})`
}
