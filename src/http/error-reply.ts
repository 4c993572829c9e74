import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { OriginUnavailable } from '../objects/origin-errors.js'
import { S3Error } from '../s3/errors.js'
import { errorXml } from '../s3/xml.js'
import { newContext } from './request-context.js'
import { logClientError } from './request-log.js'

const OWN_HEADERS = new Set([
  'x-amz-request-id', 'x-amz-id-2', 'x-content-type-options', 'connection', 'access-control-allow-origin',
  'access-control-expose-headers'
])

/** How an error is told, with headers of its own. */
export interface ErrorDocument {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Answers an error as S3 does; what is no S3Error becomes InternalError and is for the log only.
 * @param write its document, S3's if left out
 */
export function replyError (
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  write: (error: S3Error) => ErrorDocument = xmlOf(request)
): FastifyReply {
  const s3Error = asS3Error(error)
  const { requestId } = request.s3
  request.s3.code = s3Error.code
  request.s3.accessKeyId ??= s3Error.details['AWSAccessKeyId'] // of SignatureDoesNotMatch: one that is known here
  if (reply.raw.destroyed) return reply.hijack() // nobody is there to be told, and nothing is wrong here
  if (s3Error.status >= 500 && s3Error.code !== 'NotImplemented') {
    request.log.error({ err: error, requestId }, s3Error.code)
  }
  if (s3Error.status >= 500 && request.s3.operation === 'GetWebSeed') {
    // One 5xx makes libtorrent and aria2 drop a web seed for good; a reset connection does not.
    reply.hijack()
    reply.raw.destroy()
    return reply
  }
  // A body that broke before its first byte leaves the object's headers behind.
  for (const name of Object.keys(reply.getHeaders())) {
    if (!OWN_HEADERS.has(name)) reply.removeHeader(name)
  }
  const { headers, body } = write(s3Error)
  reply.status(s3Error.status).headers({ ...s3Error.headers, ...headers })
  return request.method === 'HEAD' ? reply.send() : reply.send(body)
}

function xmlOf (request: FastifyRequest): (error: S3Error) => ErrorDocument {
  const { requestId, hostId } = request.s3
  return (error) => ({
    headers: { 'content-type': 'application/xml' },
    body: errorXml(error, { resource: resourceOf(request), requestId, hostId })
  })
}

/** Answers what never became a request: a malformed, oversized or too slow head. */
export function replyClientError (error: NodeJS.ErrnoException, socket: Socket, log: FastifyBaseLogger): void {
  // Not under TLS before there is any: what node says of a handshake comes here, too.
  if (!/^(HPE|ERR_HTTP)_/.test(error.code ?? '') || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const s3Error = error.code === 'HPE_HEADER_OVERFLOW'
    ? new S3Error('RequestHeaderSectionTooLarge')
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? new S3Error('RequestTimeout') : new S3Error('BadRequest')
  socket.end(errorMessage(socket, s3Error, log, error.code), () => socket.destroy())
}

/**
 * A whole answer, head and document, for a connection that has no request to answer; logs it.
 * @param reason what node found wrong
 */
export function errorMessage (socket: Socket, s3Error: S3Error, log: FastifyBaseLogger, reason?: string): string {
  const { requestId, hostId, remoteAddress } = newContext(socket.remoteAddress ?? '')
  const body = errorXml(s3Error, { resource: '', requestId, hostId })
  logClientError(log, {
    requestId, status: s3Error.status, code: s3Error.code, reason, bytesSent: Buffer.byteLength(body), remoteAddress
  })
  return [
    `HTTP/1.1 ${s3Error.status} ${s3Error.code}`,
    `x-amz-request-id: ${requestId}`,
    `x-amz-id-2: ${hostId}`,
    ...Object.entries(s3Error.headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/xml',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close', '', body
  ].join('\r\n')
}

function asS3Error (error: unknown): S3Error {
  if (error instanceof S3Error) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  // A body that broke off before its first byte.
  if (error instanceof OriginUnavailable) return new S3Error('ServiceUnavailable', { cause: error })
  if (code === 'FST_ERR_BAD_URL') return new S3Error('InvalidURI', { cause: error })
  return new S3Error('InternalError', { cause: error })
}

// The path alone: a query may hold a signature.
function resourceOf ({ raw }: FastifyRequest): string {
  return (raw.url ?? '').replace(/\?.*$/s, '')
}
