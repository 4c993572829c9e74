import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ClientAddress } from '../net/client-address.js'
import type { RequestFacts } from '../s3/request-facts.js'
import { onBodyBytes } from './body-bytes.js'
import { newContext } from './request-context.js'
import { logRequest } from './request-log.js'

export type RequestObserver = (facts: RequestFacts) => void

export interface RequestLifecycle {
  readonly clientAddress: ClientAddress
  /** Told of every request that fastify takes up, when its answer has ended, well or not. */
  readonly observe: RequestObserver
}

/**
 * Gives a request its context, and its answer the ids; no answer is taken for another type than it says. When the
 * answer has ended, writes the log line and tells the observer.
 */
export function beginRequest (
  request: FastifyRequest, reply: FastifyReply, { clientAddress, observe }: RequestLifecycle
): void {
  const context = newContext(clientAddress(request.raw))
  request.s3 = context
  reply.headers({
    'x-amz-request-id': context.requestId, 'x-amz-id-2': context.hostId, 'x-content-type-options': 'nosniff'
  })
  if (request.method !== 'HEAD') onBodyBytes(reply.raw, (bytes) => { context.bytesSent += bytes })
  // fastify's onResponse does not come where the client has left.
  reply.raw.once('close', () => endRequest(request, reply, observe))
}

function endRequest (request: FastifyRequest, reply: FastifyReply, observe: RequestObserver): void {
  logRequest(request, reply)
  const { operation, code, bytesSent } = request.s3
  observe({ operation, code, status: reply.statusCode, seconds: reply.elapsedTime / 1000, bytesSent })
}
