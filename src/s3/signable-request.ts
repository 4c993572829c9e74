import type { Address } from './address.js'
import type { RequestHeaders } from './request-headers.js'

/** A request as the signatures see it: nothing decoded but the query, nothing merged. */
export interface SignableRequest {
  readonly method: string
  readonly address: Address
  readonly headers: RequestHeaders
}

/** An `x-amz-…` setting, which S3 takes as a header or, from presigners in any case, as a query parameter. */
export function amzValue ({ headers, address }: SignableRequest, name: string): string | undefined {
  return headers.first(name) ?? address.query.valueOfAnyCase(name)
}
