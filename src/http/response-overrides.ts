import { S3Error } from '../s3/errors.js'
import { invalidArgument } from '../s3/invalid-argument.js'
import type { Query } from '../s3/query.js'

const OVERRIDABLE = new Set(
  ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires']
)

/**
 * The headers that `response-*` parameters ask for (GetObject), for signed requests only: else a link could make this
 * server serve an object as a page of its own. @throws S3Error InvalidRequest, InvalidArgument
 */
export function responseOverrides (query: Query, signed: boolean): Record<string, string> {
  const overrides: Record<string, string> = {}
  for (const { name, value = '' } of query.parameters) {
    const header = name.startsWith('response-') ? name.slice('response-'.length) : ''
    if (!OVERRIDABLE.has(header)) continue
    if (!signed) {
      throw new S3Error('InvalidRequest', {
        message: 'Request specific response headers cannot be used for anonymous GET requests.'
      })
    }
    if (/[\u0000-\u001F\u007F]/.test(value)) {
      throw invalidArgument(name, { message: 'Header value cannot be represented using ISO-8859-1.' })
    }
    overrides[header] = Buffer.from(value).toString('latin1')
  }
  return overrides
}
