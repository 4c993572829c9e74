import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** A request that has its answer, or whose client is gone. */
export interface RequestFacts {
  /** S3's name; undefined for what never became one. */
  readonly operation: string | undefined
  /** The S3 error code; undefined: none. */
  readonly code: string | undefined
  readonly status: number
  readonly seconds: number
  /** Sent, heads included. */
  readonly bytes: number
}

export type RequestObserver = (facts: RequestFacts) => void

/** Tells of every request that fastify has taken up. */
export function mountRequestObserver (server: FastifyInstance, observe: RequestObserver): void {
  const before = new WeakMap<FastifyRequest, number>()
  server.addHook('onRequest', (request, _reply, done) => {
    before.set(request, request.raw.socket.bytesWritten)
    done()
  })
  server.addHook('onResponse', (request, reply, done) => {
    observe(factsOf(request, reply, request.raw.socket.bytesWritten - (before.get(request) ?? 0)))
    done()
  })
}

function factsOf ({ s3: { operation, code } }: FastifyRequest, reply: FastifyReply, bytes: number): RequestFacts {
  return { operation, code, status: reply.statusCode, seconds: reply.elapsedTime / 1000, bytes }
}
