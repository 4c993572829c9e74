import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { S3Error } from '../s3/errors.js'

const METHODS = 'GET, HEAD'
// What WebTorrent sends, what makes a request conditional, and what signs one: a browser that knows them asks less
// often. Whatever else a page wants to send is allowed as well; SDKs and what traces them have new headers every year,
// and none changes what is answered.
const REQUEST_HEADERS = [
  'range', 'cache-control', 'user-agent', 'content-type', 'if-match', 'if-none-match', 'if-modified-since',
  'if-unmodified-since', 'if-range', 'authorization',
  'amz-sdk-invocation-id', 'amz-sdk-request', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-expected-bucket-owner',
  'x-amz-request-payer', 'x-amz-security-token', 'x-amz-user-agent'
]
const MAX_ASKED_BYTES = 4096
const MAX_ASKED = 100
/** Of a method that is refused; each of its characters may be six in the answer. */
const MAX_METHOD = 100
// RFC 9110 §5.6.2
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// `*` is x-amz-meta-* and whatever else an object has (Fetch standard, §3.3.3: for requests without credentials, as
// all are here); browsers from before it read the names.
const EXPOSED = [
  'Content-Range', 'Content-Length', 'Accept-Ranges', 'ETag', 'Last-Modified', 'Content-Disposition',
  'x-amz-request-id', 'x-amz-id-2', 'x-amz-request-charged', 'x-amz-version-id',
  ...['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'type'].map((name) => `x-amz-checksum-${name}`), '*'
].join(', ')
const MAX_AGE_S = '3600'

/**
 * Headers that a page of another site needs to read the answer. Never with credentials: a page has what it signs with,
 * or nothing.
 */
export function allowPages (reply: FastifyReply): void {
  reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSED })
}

export function isPreflight (method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

/** @throws S3Error AccessForbidden for methods that are not answered here */
export function replyPreflight (reply: FastifyReply, headers: IncomingHttpHeaders): FastifyReply {
  const method = headers['access-control-request-method'] ?? ''
  if (method !== 'GET' && method !== 'HEAD') {
    throw new S3Error('AccessForbidden', { details: { Method: method.slice(0, MAX_METHOD), ResourceType: 'OBJECT' } })
  }
  return reply.status(200).headers({
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': allowedHeaders(headers['access-control-request-headers'] ?? ''),
    'access-control-max-age': MAX_AGE_S,
    vary: 'Access-Control-Request-Headers',
    'content-length': 0
  }).send()
}

// `*` would not do: it does not cover Authorization. What is no name, or too much, is left out, and the browser says
// which it was.
function allowedHeaders (asked: string): string {
  const names = asked.slice(0, MAX_ASKED_BYTES).split(',', MAX_ASKED).map((name) => name.trim().toLowerCase()).filter(
    (name) => TOKEN.test(name)
  )
  return [...new Set([...REQUEST_HEADERS, ...names])].join(', ')
}
