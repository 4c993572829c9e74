import { invalidArgument } from './invalid-argument.js'
import type { SignableRequest } from './signable-request.js'
import { ALGORITHM } from './signature-v4.js'

export type SignatureScheme = 'anonymous' | 'v4-header' | 'v4-query' | 'v2-header' | 'v2-query'

const V4_PARAMETERS = [
  'x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-expires', 'x-amz-signedheaders', 'x-amz-signature'
]
const V2_PARAMETERS = ['awsaccesskeyid', 'signature', 'expires']

/** How a request is signed, by its look alone. @throws S3Error InvalidArgument for two schemes, or an unknown one */
export function schemeOf ({ address: { query }, headers }: SignableRequest): SignatureScheme {
  const v4Query = V4_PARAMETERS.some((name) => query.hasAnyCase(name))
  const v2Query = V2_PARAMETERS.some((name) => query.hasAnyCase(name))
  const authorizations = headers.valuesOf('authorization')
  if (authorizations.length + Number(v4Query) + Number(v2Query) > 1) {
    throw invalidArgument('Authorization', {
      message: 'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string ' +
        'parameter or the Authorization header should be specified'
    })
  }
  if (v4Query) return 'v4-query'
  if (v2Query) return 'v2-query'
  const [authorization] = authorizations
  if (authorization === undefined) return 'anonymous'
  if (authorization === ALGORITHM || authorization.startsWith(`${ALGORITHM} `)) return 'v4-header'
  if (authorization.startsWith('AWS ')) return 'v2-header'
  throw invalidArgument('Authorization', { message: 'Unsupported Authorization Type' })
}
