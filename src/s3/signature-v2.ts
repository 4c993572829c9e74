import { createHmac } from 'node:crypto'
import type { KeyPair } from '../credentials/key-pair.js'
import { signingDate } from '../util/http-date.js'
import { refuseAmbiguousV2 } from './ambiguous-v2.js'
import { S3Error } from './errors.js'
import { invalidArgument } from './invalid-argument.js'
import type { SignableRequest } from './signable-request.js'

// The sub-resources and overrides that CanonicalizedResource holds ("Signing and authenticating REST requests").
const CANONICAL = new Set([
  'accelerate', 'acl', 'analytics', 'cors', 'defaultObjectAcl', 'delete', 'inventory', 'lifecycle', 'location',
  'logging', 'metrics',
  'notification', 'object-lock', 'partNumber', 'policy', 'replication', 'requestPayment', 'response-cache-control',
  'response-content-disposition', 'response-content-encoding', 'response-content-language', 'response-content-type',
  'response-expires', 'restore', 'select', 'select-type', 'storageClass', 'tagging', 'torrent', 'uploadId', 'uploads',
  'versionId',
  'versioning', 'versions', 'website'
])

/** What a client says it signed with, by Signature Version 2. */
export interface ClaimV2 {
  readonly accessKeyId: string
  readonly signature: string
  /** The Date line of the string to sign: `Expires` of a presigned URL, or empty where x-amz-date stands in. */
  readonly dateLine: string
  /** Presigned: seconds since the epoch. */
  readonly expires?: number
  /** Header: when it was signed. */
  readonly signedAt?: Date
}

/**
 * Reads `Authorization: AWS <access key id>:<signature>`, whose last colon ends the id: OpenStack's ids are
 * `account:user`.
 * @throws S3Error InvalidArgument, AccessDenied
 */
export function claimV2OfHeader (request: SignableRequest, authorization: string): ClaimV2 {
  refuseAmbiguousV2(request.address.query.parameters, CANONICAL)
  const [, accessKeyId = '', signature = ''] = /^AWS\s+(\S+):([^\s:]+)\s*$/.exec(authorization) ?? []
  if (accessKeyId === '') {
    throw invalidArgument('Authorization', {
      message: 'AWS authorization header is invalid.  Expected AwsAccessKeyId:signature'
    })
  }
  const amzDate = request.headers.first('x-amz-date')
  const date = request.headers.first('date') ?? ''
  const signedAt = signingDate(amzDate ?? date)
  if (signedAt === undefined) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' })
  }
  return { accessKeyId, signature, signedAt, dateLine: amzDate === undefined ? date : '' }
}

/** Reads `AWSAccessKeyId`, `Signature` and `Expires`. @throws S3Error AccessDenied, as AWS; InvalidArgument */
export function claimV2OfQuery ({ address: { query } }: SignableRequest): ClaimV2 {
  refuseAmbiguousV2(query.parameters, CANONICAL)
  const [accessKeyId, signature, expires] = ['AWSAccessKeyId', 'Signature', 'Expires'].map((name) => {
    const values = query.valuesOf(name)
    if (values.length > 1) {
      throw invalidArgument(name, { message: `${name} is given more than once` })
    }
    return values[0] ?? ''
  }) as [string, string, string]
  if (accessKeyId === '' || signature === '' || expires === '') {
    throw new S3Error('AccessDenied', {
      message: 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters'
    })
  }
  if (!/^\d{1,15}$/.test(expires)) {
    throw new S3Error('AccessDenied', { message: `Invalid date (should be seconds since epoch): ${expires}` })
  }
  return { accessKeyId, signature, expires: Number(expires), dateLine: expires }
}

/** What is signed, one text for each way in which clients write its canonical resource. */
export function stringsToSignV2 (request: SignableRequest, { dateLine, expires }: ClaimV2): string[] {
  const head = [
    request.method, request.headers.first('content-md5') ?? '', request.headers.first('content-type') ?? '', dateLine
  ]
  const beforeResource = [...head, ...canonicalAmzHeaders(request, expires !== undefined), ''].join('\n')
  return canonicalResources(request).map((resource) => beforeResource + resource)
}

/** The signature that `keyPair` gives a string to sign (Signature Version 2). */
export function signatureV2 (stringToSign: string, keyPair: KeyPair): string {
  return createHmac('sha1', keyPair.secretAccessKey).update(stringToSign, 'utf8').digest('base64')
}

// Presigners move x-amz-* headers to the query and sign them as headers all the same.
function canonicalAmzHeaders (request: SignableRequest, presigned: boolean): string[] {
  const fromQuery = presigned
    ? request.address.query.parameters.map(({ name, value = '' }) => [name.toLowerCase(), value] as const)
    : []
  const values = new Map<string, string[]>()
  for (const [name, value] of [...request.headers.pairs, ...fromQuery]) {
    if (!name.startsWith('x-amz-')) continue
    const known = values.get(name)
    if (known === undefined) values.set(name, [value.trim()])
    else known.push(value.trim())
  }
  return [...values].sort(([a], [b]) => a < b ? -1 : 1).map(([name, list]) => `${name}:${list.join(',')}`)
}

function canonicalResources ({ address }: SignableRequest): string[] {
  const { bucket, rawPath, query, virtualHosted } = address
  const path = (virtualHosted ? `/${bucket}` : '') + rawPath
  const signed = query.parameters.filter(({ name }) => CANONICAL.has(name)).sort((a, b) => a.name < b.name ? -1 : 1)
  if (signed.length === 0) return [path]
  const asSent = signed.map(({ name, value }) => value === undefined ? name : `${name}=${value}`).join('&')
  const bare = signed.map(({ name, value }) => value === undefined || value === '' ? name : `${name}=${value}`).join(
    '&'
  )
  // botocore up to 1.29 (Debian 12) takes the operation's own "?torrent" for a part of the path.
  const doubled = signed.some(({ name }) => name === 'torrent') ? [`${path}?torrent?${bare}`] : []
  return [`${path}?${asSent}`, `${path}?${bare}`, ...doubled]
}
