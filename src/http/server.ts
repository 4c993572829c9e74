import type { Socket } from 'node:net'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify'
import type { ClientAddress } from '../net/client-address.js'
import type { TlsPair } from '../net/tls-certificate.js'
import { parseAddress, virtualHostedBucket } from '../s3/address.js'
import { S3Error } from '../s3/errors.js'
import { allowPages, isPreflight, replyPreflight } from './cors.js'
import { replyClientError, replyError } from './error-reply.js'
import type { LogStream } from './log-stream.js'
import { beginContext, mountRequestContext } from './request-context.js'
import { mountRequestObserver, observeEnd } from './request-observer.js'
import type { RequestObserver } from './request-observer.js'
import { QuietLog, logRequest, mountRequestLog, serializeError } from './request-log.js'

export interface ServerOptions {
  readonly domains: readonly string[]
  readonly logLevel: string
  readonly logStream: LogStream
  readonly clientAddress: ClientAddress
  readonly observe: RequestObserver
  /** Whether pages of other sites may read what is answered. */
  readonly cors: boolean
  /** Undefined: plain HTTP. */
  readonly tls: TlsPair | undefined
}

const MAX_HEADER_BYTES = 16 * 1024
const HEADERS_MS = 10_000
const REQUEST_MS = 20_000
const KEEP_ALIVE_MS = 10_000
const IDLE_SOCKET_MS = 120_000
const CHECK_MS = 2_000

/** A fastify server that speaks S3 in every corner: ids, XML errors, limits, one log line a request. No routes yet. */
export function createServer ({ domains, logLevel, logStream, clientAddress, observe, cors, tls }: ServerOptions): FastifyInstance {
  const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_MS, connectionsCheckingInterval: CHECK_MS, requireHostHeader: false }
  const server: FastifyInstance = fastify({
    ...(tls === undefined ? { http: limits } : { https: { ...limits, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: HEADERS_MS } as unknown as null }), // to its types, another server
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: IDLE_SOCKET_MS,
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
    routerOptions: { maxParamLength: MAX_HEADER_BYTES, constraints: { addressing: addressingOf(domains) } }
  })
  // Node drops the headers after the 2,000th without a word: a signature among them. The bytes are bounded all the same.
  server.server.maxHeadersCount = 0
  // A body is never read: without this, node would ask for it first.
  server.server.on('checkContinue', (request, response) => server.server.emit('request', request, response))
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response))
  mountRequestContext(server, clientAddress)
  mountRequestLog(server)
  mountRequestObserver(server, observe)
  // Connections that end with the answer under way, because a body came: what node finds behind it is not asked for.
  const ending = new WeakSet<Socket>()
  const assertUnderstood = (request: FastifyRequest, reply: FastifyReply): void => {
    const { headers, method, url, rawHeaders } = request.raw
    if (ending.has(request.raw.socket)) throw new S3Error('BadRequest')
    const encoding = headers['transfer-encoding']
    if (encoding !== undefined || Number(headers['content-length'] ?? 0) > 0) {
      ending.add(request.raw.socket)
      reply.header('connection', 'close')
    }
    // Node dispatches these before it has seen what is wrong with them.
    if (encoding !== undefined && (encoding.toLowerCase() !== 'chunked' || 'content-length' in headers)) throw new S3Error('BadRequest')
    if (method !== 'GET' && method !== 'HEAD' && !(cors && isPreflight(method, headers))) {
      throw new S3Error('MethodNotAllowed', { headers: { allow: 'GET, HEAD' }, details: { Method: method ?? '', ResourceType: resourceTypeOf(url ?? '', headers.host ?? '', domains) } })
    }
    const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
    if (url?.[0] !== '/' || hosts !== 1 || !headers.host) {
      reply.header('connection', 'close')
      throw new S3Error('BadRequest', { message: 'A request needs one Host header and a target that starts with a slash.' })
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

// Node takes a connection that never asked anything for a busy one, and waits for it at the end. Under TLS the socket of a request
// is another object than that of its connection: they share their two ends.
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

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string => `${remoteAddress}|${remotePort}|${localAddress}|${localPort}`

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
    deriveConstraint: (request) => virtualHostedBucket(request.headers.host ?? '', domains) === undefined ? 'path' : 'virtual'
  }
}
