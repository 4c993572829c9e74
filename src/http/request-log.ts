import { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { RequestContext } from './request-context.js'

// A key has 1,024 bytes at most; AWS's version ids have 32, Ceph's 35.
const MAX_VERSION_ID = 128
const MAX_ERROR_TEXT = 8 * 1024
const MAX_CAUSES = 5

/** Fastify's own lines name URLs, which hold signatures; of them only the reason why an answer broke off is kept. */
export class QuietLog extends LogController {
  constructor () {
    super({ disableRequestLogging: true })
  }

  override streamError (error: Error, request: FastifyRequest, reply: FastifyReply): void {
    if ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return
    reply.log.error({ err: error, requestId: request.s3.requestId }, 'the answer broke off')
  }
}

/** One line a request, without URL and headers: those hold signatures. */
export function logRequest (request: FastifyRequest, reply: FastifyReply): void {
  const { requestId, operation, bucket, key, versionId, accessKeyId, code, bytesSent, remoteAddress } = request.s3
  request.log.info({
    requestId,
    operation,
    bucket,
    key,
    versionId: versionId?.slice(0, MAX_VERSION_ID),
    accessKeyId,
    method: request.method,
    status: reply.statusCode,
    code,
    complete: reply.raw.writableFinished,
    bytesSent,
    ms: Math.round(reply.elapsedTime),
    remoteAddress
  }, 'request')
}

/** The line of what never became a request. */
export function logClientError (log: FastifyBaseLogger, facts: ClientErrorLine): void {
  log.info(facts, 'request')
}

/** The line of pipelined requests that were never begun, because their connection closed before their turn. */
export function logDropped (
  log: FastifyBaseLogger, facts: { readonly requests: number, readonly remoteAddress: string }
): void {
  log.info(facts, 'requests dropped: they waited behind another one of their connection when it closed')
}

export interface ClientErrorLine extends Pick<RequestContext, 'requestId' | 'code' | 'bytesSent' | 'remoteAddress'> {
  readonly status: number
  /** What node found wrong with it, `HPE_…`. */
  readonly reason: string | undefined
}

/**
 * An error for the log: names, messages and stacks down the causes, but no properties, which hold requests and sockets.
 */
export function serializeError (error: unknown, causes: unknown = MAX_CAUSES): LoggedError {
  const left = typeof causes === 'number' ? causes : MAX_CAUSES
  if (!(error instanceof Error)) return { type: typeof error, message: short(String(error)), stack: '' }
  return {
    type: error.name,
    message: short(error.message),
    stack: short(error.stack ?? ''),
    ...(error.cause !== undefined && left > 0 && { cause: serializeError(error.cause, left - 1) })
  }
}

// An origin's document may be quoted in it.
function short (text: string): string {
  return text.length > MAX_ERROR_TEXT ? `${text.slice(0, MAX_ERROR_TEXT)}…` : text
}

interface LoggedError {
  [property: string]: unknown
  type: string
  message: string
  stack: string
}
