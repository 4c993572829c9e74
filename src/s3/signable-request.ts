import type { Address } from './address.js'

/** A request as the signatures see it: nothing decoded but the query, nothing merged. */
export interface SignableRequest {
  readonly method: string
  readonly address: Address
  /** In the order sent, lower-case names, duplicates kept. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
}

/** node:http's `rawHeaders` as pairs; values are the UTF-8 that clients sign, not node's latin1. */
export function headerPairs (rawHeaders: readonly string[]): Array<[string, string]> {
  return Array.from({ length: rawHeaders.length / 2 }, (_, i) => [
    String(rawHeaders[2 * i]).toLowerCase(),
    Buffer.from(String(rawHeaders[2 * i + 1]), 'latin1').toString('utf8')
  ])
}

/** Every value of a header, in the order sent. */
export function headerValues ({ headers }: SignableRequest, name: string): string[] {
  return headers.filter((header) => header[0] === name).map(([, value]) => value)
}

/** An `x-amz-…` setting, which S3 takes as a header or, from presigners in any case, as a query parameter. */
export function amzValue (request: SignableRequest, name: string): string | undefined {
  return headerValues(request, name)[0] ?? request.address.query.find((parameter) => parameter.name.toLowerCase() === name)?.value
}
