import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RequestFacts } from '../s3/request-facts.js'

export type RequestObserver = (facts: RequestFacts) => void

/** Tells of every request that fastify takes up, when its answer has ended, well or not. */
export function mountRequestObserver (server: FastifyInstance, observe: RequestObserver): void {
  server.addHook('onRequest', (request, reply, done) => {
    observeEnd(request, reply, observe)
    done()
  })
}

export function observeEnd (request: FastifyRequest, reply: FastifyReply, observe: RequestObserver): void {
  reply.raw.once('close', () => {
    const { operation, code, bytesSent } = request.s3
    observe({ operation, code, status: reply.statusCode, seconds: reply.elapsedTime / 1000, bytesSent })
  })
}
