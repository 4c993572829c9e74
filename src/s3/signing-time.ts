import { S3Error } from './errors.js'

/** How far the clocks of a signer and of this server may differ. */
const MAX_SKEW_MS = 15 * 60 * 1000

/** @throws S3Error RequestTimeTooSkewed, for an invalid date too */
export function assertSkew (signed: Date, now: number): void {
  if (!(Math.abs(signed.getTime() - now) <= MAX_SKEW_MS)) {
    throw new S3Error('RequestTimeTooSkewed', {
      details: { ServerTime: new Date(now).toISOString(), MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS) }
    })
  }
}

/** @param signed when a presigned URL begins, in milliseconds @throws S3Error AccessDenied */
export function assertBegun (signed: number, now: number): void {
  if (signed > now + MAX_SKEW_MS) throw new S3Error('AccessDenied', { message: 'Request is not yet valid' })
}

/** @param expires when a presigned URL ends, in milliseconds @throws S3Error AccessDenied */
export function assertNotExpired (expires: number, now: number): void {
  if (now >= expires) {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      details: { ExpiresDate: new Date(expires).toISOString(), ServerTime: new Date(now).toISOString() }
    })
  }
}
