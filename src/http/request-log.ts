import { LogController } from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

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
export function mountRequestLog (server: FastifyInstance): void {
  server.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply)
    done()
  })
}

export function logRequest (request: FastifyRequest, reply: FastifyReply): void {
  const { requestId, operation, bucket, key, accessKeyId, code, remoteAddress } = request.s3
  request.log.info({
    requestId,
    operation,
    bucket,
    key,
    accessKeyId,
    method: request.method,
    status: reply.statusCode,
    code,
    complete: reply.raw.writableFinished,
    ms: Math.round(reply.elapsedTime),
    remoteAddress
  }, 'request')
}

/** An error for the log: names, messages and stacks down the causes, but no properties, which hold requests and sockets. */
export function serializeError (error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: '' }
  return {
    type: error.name,
    message: error.message,
    stack: error.stack ?? '',
    ...(error.cause !== undefined && { cause: serializeError(error.cause) })
  }
}

interface LoggedError {
  [property: string]: unknown
  type: string
  message: string
  stack: string
}
