import { randomFillSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ClientAddress } from '../net/client-address.js'
import { networkKey } from '../net/endpoint.js'
import type { Client } from '../objects/requester.js'

/** What is known of a request so far, for its error document and its log line. */
export interface RequestContext {
  readonly requestId: string
  readonly hostId: string
  /** Who asks, behind proxies too. */
  readonly remoteAddress: string
  /** The network of that address, see networkKey: whom bounds and shares are counted for. */
  readonly network: string
  /** S3's name of the operation, once it is known. */
  operation?: string
  bucket?: string | undefined
  key?: string | undefined
  versionId?: string | undefined
  /** Whose signature it is; where the code is SignatureDoesNotMatch, whose it claims to be. */
  accessKeyId?: string | undefined
  /** The S3 error code that was answered. */
  code?: string
  /** Of the body, handed to the connection so far; S3's access log has it as Bytes Sent. */
  bytesSent: number
}

declare module 'fastify' {
  interface FastifyRequest { s3: RequestContext }
}

/** Whose share of the origin a request comes out of, as far as its signer is known. */
export function clientOf ({ s3: { accessKeyId = '', network } }: FastifyRequest): Client {
  return { accessKeyId, network }
}

const ID_BYTES = 50
// Random bytes cost by the call.
const random = Buffer.alloc(100 * ID_BYTES)
let taken = random.length

/** The ids of an answer, shaped like S3's. */
export function newContext (remoteAddress: string): RequestContext {
  if (taken === random.length) {
    randomFillSync(random)
    taken = 0
  }
  const bytes = random.subarray(taken, taken += ID_BYTES)
  return {
    requestId: bytes.toString('hex', 0, 8).toUpperCase(),
    hostId: bytes.toString('base64', 8),
    remoteAddress,
    network: networkKey(remoteAddress),
    bytesSent: 0
  }
}

/** Gives a request its context, and its answer the ids; no answer is taken for another type than it says. */
export function beginContext (request: FastifyRequest, reply: FastifyReply, clientAddress: ClientAddress): void {
  request.s3 = newContext(clientAddress(request.raw))
  reply.headers({
    'x-amz-request-id': request.s3.requestId, 'x-amz-id-2': request.s3.hostId, 'x-content-type-options': 'nosniff'
  })
  if (request.method !== 'HEAD') countBytesSent(request.s3, reply.raw)
}

// node:http counts what a connection sends, heads and other answers too, but not what one body is.
function countBytesSent (context: RequestContext, response: ServerResponse): void {
  const write = response.write.bind(response) as (...args: unknown[]) => boolean
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse
  const count = (chunk: unknown): void => {
    if (typeof chunk === 'string') context.bytesSent += Buffer.byteLength(chunk)
    else if (chunk instanceof Uint8Array) context.bytesSent += chunk.length
  }
  response.write = (...args: unknown[]) => {
    count(args[0])
    return write(...args)
  }
  response.end = (...args: unknown[]) => {
    count(args[0])
    return end(...args)
  }
}

export function mountRequestContext (server: FastifyInstance, clientAddress: ClientAddress): void {
  server.decorateRequest('s3')
  server.addHook('onRequest', (request, reply, done) => {
    beginContext(request, reply, clientAddress)
    done()
  })
}
