import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify'
import type { ClientAddress } from '../net/client-address.js'
import { hasMoreHeaders } from '../net/header-count.js'
import { createHttpServer } from '../net/http-server.js'
import type { ConnectionBounds } from '../net/http-server.js'
import type { TlsPair } from '../net/tls-certificate.js'
import { slowDown } from '../access/origin-errors.js'
import { parseAddress, virtualHostedBucket } from '../s3/address.js'
import { S3Error } from '../s3/errors.js'
import { allowPages, isPreflight, replyPreflight } from './cors.js'
import { errorMessage, replyClientError, replyError } from './error-reply.js'
import type { LogStream } from './log-stream.js'
import { mountRequestBound } from './request-bound.js'
import { beginContext, mountRequestContext } from './request-context.js'
import { mountRequestObserver, observeEnd } from './request-observer.js'
import type { RequestObserver } from './request-observer.js'
import { QuietLog, logDropped, logRequest, mountRequestLog, serializeError } from './request-log.js'

export interface ServerOptions {
  readonly domains: readonly string[]
  readonly logLevel: string
  readonly logStream: LogStream
  readonly clientAddress: ClientAddress
  readonly connections: ConnectionBounds
  /** Requests of one network at once; 0: no limit. */
  readonly requestsPerNetwork: number
  readonly observe: RequestObserver
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
export function createServer ({
  domains, logLevel, logStream, clientAddress, connections, requestsPerNetwork, observe, onDropped, cors, tls
}: ServerOptions): FastifyInstance {
  const server: FastifyInstance = fastify({
    serverFactory: (listener: RequestListener) => createHttpServer(listener, {
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
        return errorMessage(socket, error, server.log)
      },
      onDropped: ({ first, count }) => {
        logDropped(server.log, { requests: count, remoteAddress: clientAddress(first) })
        onDropped(count)
      }
    }),
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    return503OnClosing: false,
    logController: new QuietLog(),
    childLoggerFactory: (logger) => logger, // its own number of a request says nothing beside S3's id
    logger: { level: logLevel, base: null, serializers: { err: serializeError }, stream: logStream },
    frameworkErrors: (error, request, reply) => {
      beginContext(request, reply, clientAddress)
      // No hook runs for these.
      reply.raw.once('close', () => logRequest(request, reply))
      observeEnd(request, reply, observe)
      replyError(error, request, reply)
    },
    clientErrorHandler: (error, socket) => replyClientError(error, socket, server.log),
    // The query is S3's to parse, and no route has a look at fastify's.
    routerOptions: {
      maxParamLength: MAX_HEADER_BYTES,
      querystringParser: () => ({}),
      constraints: { addressing: addressingOf(domains) }
    }
  })
  // A body is never read: without this, node would ask for it first.
  server.server.on('checkContinue', (request, response) => server.server.emit('request', request, response))
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response))
  mountRequestContext(server, clientAddress)
  mountRequestLog(server)
  mountRequestObserver(server, observe)
  mountRequestBound(server, requestsPerNetwork)
  const assertUnderstood = (request: FastifyRequest, reply: FastifyReply): void => {
    const { headers, method, url, rawHeaders } = request.raw
    if (hasMoreHeaders(request.raw, MAX_HEADERS)) {
      reply.header('connection', 'close')
      throw new S3Error('RequestHeaderSectionTooLarge')
    }
    const encoding = headers['transfer-encoding']
    // A body came: whatever node finds behind it is not begun.
    if (encoding !== undefined || Number(headers['content-length'] ?? 0) > 0) reply.header('connection', 'close')
    // Node dispatches these before it has seen what is wrong with them.
    if (encoding !== undefined && (encoding.toLowerCase() !== 'chunked' || 'content-length' in headers)) {
      throw new S3Error('BadRequest')
    }
    if (method !== 'GET' && method !== 'HEAD' && !(cors && isPreflight(method, headers))) {
      throw new S3Error('MethodNotAllowed', {
        headers: { allow: 'GET, HEAD' },
        details: { Method: method ?? '', ResourceType: resourceTypeOf(url ?? '', headers.host ?? '', domains) }
      })
    }
    const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
    if (url?.[0] !== '/' || hosts !== 1 || !headers.host) {
      reply.header('connection', 'close')
      throw new S3Error('BadRequest', {
        message: 'A request needs one Host header and a target that starts with a slash.'
      })
    }
  }
  server.addHook('onRequest', (request, reply, done) => {
    try {
      if (cors) allowPages(reply)
      assertUnderstood(request, reply)
      if (request.method === 'OPTIONS') replyPreflight(reply, request.headers)
      else done()
    } catch (error) {
      done(error as S3Error)
    }
  })
  closeSilentConnections(server)
  server.setErrorHandler((error, request, reply) => replyError(error, request, reply))
  server.setNotFoundHandler((request, reply) => replyError(new S3Error('BadRequest'), request, reply))
  return server
}

function resourceTypeOf (target: string, host: string, domains: readonly string[]): 'SERVICE' | 'BUCKET' | 'OBJECT' {
  try {
    const { bucket, key } = parseAddress(target, host, domains)
    return bucket === undefined ? 'SERVICE' : key === undefined ? 'BUCKET' : 'OBJECT'
  } catch {
    return 'OBJECT'
  }
}

// Node takes a connection that never asked anything for a busy one, and waits for it at the end. Under TLS the socket
// of a request is another object than that of its connection: they share their two ends.
function closeSilentConnections (server: FastifyInstance): void {
  const silent = new Map<string, Socket>()
  server.server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket)
    silent.set(ends, socket)
    socket.once('close', () => silent.delete(ends))
  })
  server.server.on('request', ({ socket }) => silent.delete(endsOf(socket)))
  server.addHook('preClose', async () => { for (const socket of silent.values()) socket.destroy() })
}

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress}|${remotePort}|${localAddress}|${localPort}`

type AddressingStrategy = NonNullable<NonNullable<FastifyServerOptions['routerOptions']>['constraints']>[string]
type RouteStore = ReturnType<AddressingStrategy['storage']>

// Own routes exist in path style only: under a virtual host, /-/… is a key like any other.
function addressingOf (domains: readonly string[]): AddressingStrategy {
  return {
    name: 'addressing',
    storage: () => {
      const handlers = new Map<string, ReturnType<RouteStore['get']>>()
      return {
        get: (style) => handlers.get(style) ?? null,
        set: (style, handler) => { handlers.set(style, handler) }
      }
    },
    deriveConstraint: (request) => virtualHostedBucket(request.headers.host ?? '', domains) === undefined
      ? 'path'
      : 'virtual'
  }
}
