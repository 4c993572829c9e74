import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { S3Error } from '../s3/errors.js'

const METHODS = 'GET, HEAD'
// What WebTorrent sends, what makes a request conditional, and what signs one.
const REQUEST_HEADERS = [
  'range', 'cache-control', 'user-agent', 'content-type', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'authorization',
  'amz-sdk-invocation-id', 'amz-sdk-request', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-expected-bucket-owner', 'x-amz-request-payer', 'x-amz-security-token', 'x-amz-user-agent'
].join(', ')
const EXPOSED = 'Content-Range, Content-Length, Accept-Ranges, ETag, Last-Modified, Content-Disposition, x-amz-request-id, x-amz-id-2, x-amz-request-charged'
const MAX_AGE_S = '3600'

/** Headers that a page of another site needs to read the answer. Never with credentials: a page has what it signs with, or nothing. */
export function allowPages (reply: FastifyReply): void {
  reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSED })
}

export function isPreflight (method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

/** @throws S3Error AccessForbidden for methods that are not answered here */
export function replyPreflight (reply: FastifyReply, headers: IncomingHttpHeaders): FastifyReply {
  const method = headers['access-control-request-method'] ?? ''
  if (method !== 'GET' && method !== 'HEAD') throw new S3Error('AccessForbidden', { details: { Method: method, ResourceType: 'OBJECT' } })
  return reply.status(200).headers({
    'access-control-allow-methods': METHODS, 'access-control-allow-headers': REQUEST_HEADERS, 'access-control-max-age': MAX_AGE_S, 'content-length': 0
  }).send()
}
