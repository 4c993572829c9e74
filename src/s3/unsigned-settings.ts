import { S3Error } from './errors.js'

/**
 * Refuses settings that the signature does not cover, because an `x-amz-*` setting could then be anybody's.
 * @param names of headers or query parameters
 * @throws S3Error AccessDenied where there is any
 */
export function refuseUnsigned (names: readonly string[]): void {
  if (names.length === 0) return
  throw new S3Error('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    details: { HeadersNotSigned: [...new Set(names)].join(', ') }
  })
}
