import { invalidArgument } from './invalid-argument.js'
import { amzValue } from './signable-request.js'
import type { SignableRequest } from './signable-request.js'

// Headers that may come once only: another order of two would change the answer, but not the signature.
const SINGLE = new Set(['date', 'host', 'if-modified-since', 'if-range', 'if-unmodified-since'])

/**
 * Refuses a header that comes twice where that could be two requests under one signature: the first one counts here,
 * the last one behind some proxies.
 * @throws S3Error InvalidArgument
 */
export function refuseDuplicates (request: SignableRequest): void {
  const seen = new Set<string>()
  for (const [name] of request.headers.pairs) {
    if ((SINGLE.has(name) || name.startsWith('x-amz-')) && seen.has(name)) {
      throw invalidArgument(name, { message: `The header ${name} is given more than once` })
    }
    seen.add(name)
  }
}

/**
 * Refuses an `x-amz-content-sha256` that is neither a hash nor UNSIGNED-PAYLOAD. A STREAMING-* value would claim chunk
 * signatures, which nothing here checks: no body is read.
 * @throws S3Error InvalidArgument
 */
export function refusePayloadTricks (request: SignableRequest): void {
  const hash = amzValue(request, 'x-amz-content-sha256')
  if (hash !== undefined && hash !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/.test(hash)) {
    throw invalidArgument('x-amz-content-sha256', {
      value: hash, message: 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value.'
    })
  }
}
