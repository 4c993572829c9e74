import { createHash, createHmac } from 'node:crypto'

/** A request as it is written, byte for byte. */
export interface RawRequest {
  readonly method?: string
  readonly path: string
  /** As written: escaped, or what is no escape. */
  readonly query?: readonly string[]
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>
}

/** Adds credentials. */
export type Scheme = (request: RawRequest) => RawRequest

export const KEY_PAIR = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alicesecret' }

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest()
const stamp = (): string => new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
const scopeOf = (date: string): string => `${date.slice(0, 8)}/us-east-1/s3/aws4_request`

/** Right where the query is written as it is signed. */
function signatureV4 ({ method = 'GET', path, query = [], headers = [] }: RawRequest, date: string): string {
  const canonicalQuery = query.map((part) => part.includes('=') ? part : `${part}=`).sort().join('&')
  const names = [...new Set(headers.map(([name]) => name.toLowerCase()))].sort()
  const valueOf = (name: string): string => headers.filter((header) => header[0].toLowerCase() === name).map(
    ([, value]) => value.trim().replace(/\s+/g, ' ')
  ).join(',')
  const canonical = [
    method,
    path,
    canonicalQuery,
    ...names.map((name) => `${name}:${valueOf(name)}`),
    '',
    names.join(';'),
    'UNSIGNED-PAYLOAD'
  ].join('\n')
  const key = [date.slice(0, 8), 'us-east-1', 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac, `AWS4${KEY_PAIR.secretAccessKey}`
  )
  return hmac(key, ['AWS4-HMAC-SHA256', date, scopeOf(date), sha256(canonical)].join('\n')).toString('hex')
}

const signedHeadersOf = ({ headers = [] }: RawRequest): string => [
  ...new Set(headers.map(([name]) => name.toLowerCase()))
].sort().join(';')

function v4Header (accessKeyId: string, unsigned: RawRequest): RawRequest {
  const date = stamp()
  const request = {
    ...unsigned,
    headers: [...unsigned.headers ?? [], ['x-amz-date', date], ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD']] as const
  }
  const authorization =
    'AWS4-HMAC-SHA256 ' +
    `Credential=${accessKeyId}/${scopeOf(date)},SignedHeaders=${signedHeadersOf(request)},` +
    `Signature=${signatureV4(request, date)}`
  return { ...request, headers: [...request.headers, ['authorization', authorization]] }
}

function v4Query (accessKeyId: string, unsigned: RawRequest): RawRequest {
  const date = stamp()
  const request = {
    ...unsigned,
    query: [
      ...unsigned.query ??
        [], 'X-Amz-Algorithm=AWS4-HMAC-SHA256',
        `X-Amz-Credential=${accessKeyId}%2F${scopeOf(date).replaceAll('/', '%2F')}`, `X-Amz-Date=${date}`,
        'X-Amz-Expires=600',
    `X-Amz-SignedHeaders=${signedHeadersOf(unsigned).replaceAll(';', '%3B')}`
    ]
  }
  return { ...request, query: [...request.query, `X-Amz-Signature=${signatureV4(request, date)}`] }
}

/** Right where the query holds no sub-resource but `torrent`, and no header x-amz-*. */
function signatureV2 ({ method = 'GET', path, query = [] }: RawRequest, dateLine: string): string {
  const resource = query.includes('torrent') ? `${path}?torrent` : path
  return createHmac('sha1', KEY_PAIR.secretAccessKey).update(
    `${method}\n\n\n${dateLine}\n${resource}`, 'latin1'
  ).digest(
    'base64'
  )
}

function v2Header (request: RawRequest): RawRequest {
  const date = new Date().toUTCString()
  return {
    ...request,
    headers: [
      ...request.headers ?? [],
      ['date', date],
      ['authorization', `AWS ${KEY_PAIR.accessKeyId}:${signatureV2(request, date)}`]
    ]
  }
}

function v2Query (accessKeyId: string, request: RawRequest): RawRequest {
  const expires = String(Math.floor(Date.now() / 1000) + 600)
  return {
    ...request,
    query: [
      ...request.query ?? [],
    `AWSAccessKeyId=${accessKeyId}`,
    `Expires=${expires}`,
    `Signature=${encodeURIComponent(signatureV2(request, expires))}`
    ]
  }
}

export const SCHEMES = {
  anonymous: (request) => request,
  'V4 header': (request) => v4Header(KEY_PAIR.accessKeyId, request),
  'V4 header of nobody': (request) => v4Header('NOBODY', request),
  'V4 presigned': (request) => v4Query(KEY_PAIR.accessKeyId, request),
  'V4 presigned of nobody': (request) => v4Query('NOBODY', request),
  'V2 header': v2Header,
  'V2 presigned': (request) => v2Query(KEY_PAIR.accessKeyId, request),
  'V2 presigned of nobody': (request) => v2Query('NOBODY', request)
} as const satisfies Record<string, Scheme>

/** The request byte for byte. */
export function bytesOf ({ method = 'GET', path, query = [], headers = [] }: RawRequest): Buffer {
  const target = query.length === 0 ? path : `${path}?${query.join('&')}`
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}:${value}\r\n`).join('')}\r\n`, 'latin1'
  )
}
