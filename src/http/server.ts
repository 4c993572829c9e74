import type { RequestListener } from 'node:http'
import fastify from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { createHttpServer } from '../net/http-server.js'
import type { ConnectionBounds, HttpServerOptions } from '../net/http-server.js'
import type { TlsPair } from '../net/tls-certificate.js'
import { slowDown } from '../access/origin-errors.js'
import { S3Error } from '../s3/errors.js'
import { addressing } from './addressing.js'
import { errorMessage, replyClientError, replyError } from './error-reply.js'
import type { LogStream } from './log-stream.js'
import { mountRequestBound } from './request-bound.js'
import { mountRequestGuard } from './request-guard.js'
import { beginRequest } from './request-lifecycle.js'
import type { RequestLifecycle } from './request-lifecycle.js'
import { QuietLog, logDropped, serializeError } from './request-log.js'
import { closeSilentConnections } from './silent-connections.js'

export interface ServerOptions extends RequestLifecycle {
  readonly domains: readonly string[]
  readonly logLevel: string
  readonly logStream: LogStream
  readonly connections: ConnectionBounds
  /** Requests of one network at once; 0: no limit. */
  readonly requestsPerNetwork: number
  /** Told how many pipelined requests a connection has left that were never begun. */
  readonly onDropped: (requests: number) => void
  /** Whether pages of other sites may read what is answered. */
  readonly cors: boolean
  /** Undefined: plain HTTP. */
  readonly tls: TlsPair | undefined
}

const MAX_HEADER_BYTES = 16 * 1024
// Node counts neither colons nor line ends: 16 KiB are as many headers of one letter, which it copies again after every
// 32. No client comes near this number: S3 takes 2 KB of metadata, which are 100 headers of ten letters.
const MAX_HEADERS = 1_000
const HEADERS_MS = 10_000
const REQUEST_MS = 20_000
/** docker/nginx.conf gives up before. */
export const KEEP_ALIVE_MS = 10_000
const IDLE_SOCKET_MS = 120_000
const STALL_MS = 120_000
const MAX_CONNECTIONS = 10_000
const CHECK_MS = 2_000

/** A fastify server that speaks S3 in every corner: ids, XML errors, limits, one log line a request. No routes yet. */
export function createServer (options: ServerOptions): FastifyInstance {
  const { domains, cors } = options
  const server: FastifyInstance = fastify({
    serverFactory: (listener: RequestListener) =>
      createHttpServer(listener, httpServerOptions(options, () => server.log)),
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    return503OnClosing: false,
    logController: new QuietLog(),
    childLoggerFactory: (logger) => logger, // its own number of a request says nothing beside S3's id
    logger: { level: options.logLevel, base: null, serializers: { err: serializeError }, stream: options.logStream },
    frameworkErrors: (error, request, reply) => {
      beginRequest(request, reply, options) // no hook runs for these
      replyError(error, request, reply)
    },
    clientErrorHandler: (error, socket) => replyClientError(error, socket, server.log),
    // The query is S3's to parse, and no route has a look at fastify's.
    routerOptions: {
      maxParamLength: MAX_HEADER_BYTES,
      querystringParser: () => ({}),
      constraints: { addressing: addressing(domains) }
    }
  })
  // A body is never read: without this, node would ask for it first.
  server.server.on('checkContinue', (request, response) => server.server.emit('request', request, response))
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response))
  server.decorateRequest('s3')
  server.addHook('onRequest', (request, reply, done) => {
    beginRequest(request, reply, options)
    done()
  })
  mountRequestBound(server, options.requestsPerNetwork)
  mountRequestGuard(server, { domains, cors, maxHeaders: MAX_HEADERS })
  closeSilentConnections(server)
  server.setErrorHandler((error, request, reply) => replyError(error, request, reply))
  server.setNotFoundHandler((request, reply) => replyError(new S3Error('BadRequest'), request, reply))
  return server
}

/** @param log asked for when something is to be logged: the server that has it is made after this */
function httpServerOptions (
  { connections, clientAddress, observe, onDropped, tls }: ServerOptions, log: () => FastifyBaseLogger
): HttpServerOptions {
  return {
    ...connections,
    limits: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: CHECK_MS,
      requireHostHeader: false
    },
    maxHeaders: MAX_HEADERS,
    keepAliveMs: KEEP_ALIVE_MS,
    idleMs: IDLE_SOCKET_MS,
    stallMs: STALL_MS,
    maxConnections: MAX_CONNECTIONS,
    descriptors: 0.6,
    tls,
    refusal: (socket) => {
      const error = slowDown('more connections than one address may have')
      observe({ operation: undefined, code: error.code, status: error.status, seconds: 0, bytesSent: 0 })
      return errorMessage(socket, error, log())
    },
    onDropped: ({ first, count }) => {
      logDropped(log(), { requests: count, remoteAddress: clientAddress(first) })
      onDropped(count)
    }
  }
}
