import { createServer } from 'node:http'
import type { RequestListener, Server, ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { connectionsWithin } from './descriptor-share.js'
import { networkKey } from './endpoint.js'
import { NetworkCounts } from './network-counts.js'
import { oneAtATime } from './one-at-a-time.js'
import type { DroppedRequests } from './one-at-a-time.js'
import { closeStalled } from './stalled-sockets.js'
import type { TlsPair } from './tls-certificate.js'

export interface ConnectionBounds {
  /** Connections of one network at once (IPv4: an address, IPv6: a /64); 0: no limit. */
  readonly perNetwork: number
  /** Whether connections from this address are a reverse proxy's, which are not counted: they are many clients'. */
  readonly isProxy: (address: string) => boolean
}

export interface HttpServerOptions extends ConnectionBounds {
  /** Limits of the heads of requests, as node:http takes them. */
  readonly limits: ServerOptions
  /**
   * Headers of a request that are told: one more, so that whoever looks sees that there are too many (see
   * `header-count.ts`).
   */
  readonly maxHeaders: number
  readonly keepAliveMs: number
  /** How long a connection may do nothing; 0: no limit. */
  readonly idleMs: number
  /** How long a client may take nothing of its answer. */
  readonly stallMs: number
  /** Connections of all networks at once, and the most of all descriptors for connections that they may be. */
  readonly maxConnections: number
  readonly descriptors: number
  /** Undefined: plain HTTP. */
  readonly tls?: TlsPair | undefined
  /** What a connection is told that is one too many, whole: head and document. Under TLS it is told nothing. */
  readonly refusal?: (socket: Socket) => string
  /** Told of requests that waited behind another one when their connection ended. */
  readonly onDropped: (dropped: DroppedRequests) => void
}

/** Over the 60 s after which nginx and AWS's load balancers give up a connection themselves. */
const PROXY_IDLE_MS = 75_000
const REFUSED_MS = 1_000
/** Refused connections that are still being told so. */
const MAX_REFUSED = 256

/**
 * An HTTP/1.1 server for strangers: one request of a connection at a time, so many connections of one network, and
 * nobody who does not take an answer holds it for ever. The same for every listener, with TLS and without.
 */
export function createHttpServer (listener: RequestListener, options: HttpServerOptions): Server {
  const { limits, maxHeaders, tls, keepAliveMs, idleMs, stallMs, maxConnections, descriptors, onDropped } = options
  const inTurn = oneAtATime(listener, onDropped)
  const server = tls === undefined
    ? createServer(limits, inTurn)
    : createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: limits.headersTimeout }, inTurn)
  server.maxHeadersCount = maxHeaders + 1
  server.keepAliveTimeout = keepAliveMs
  server.maxConnections = connectionsWithin(maxConnections, descriptors)
  server.setTimeout(idleMs)
  boundConnections(server, options)
  keepForProxies(server, options)
  closeStalled(server, stallMs)
  return server
}

// Who sends gives up first: a request that meets the close of its connection is a 502 of the proxy's, and ends a web
// seed. A proxy has few connections, and sends many clients' requests on them; everybody else's would only be in the
// way.
function keepForProxies (server: Server, { isProxy, keepAliveMs }: HttpServerOptions): void {
  if (keepAliveMs >= PROXY_IDLE_MS) return
  server.on('request', ({ socket }, response) => {
    // Behind node's own listener, which sets keepAliveMs; the next request sets it back.
    if (isProxy(socket.remoteAddress ?? '')) response.once('finish', () => socket.setTimeout(PROXY_IDLE_MS))
  })
}

function boundConnections (server: Server, { perNetwork, isProxy, tls, refusal }: HttpServerOptions): void {
  const counts = new NetworkCounts(perNetwork)
  let refused = 0
  const refuse = (socket: Socket): void => {
    if (refusal === undefined || tls !== undefined || refused >= MAX_REFUSED) {
      socket.destroy()
      return
    }
    refused++
    const over = setTimeout(() => socket.destroy(), REFUSED_MS).unref()
    socket.once('close', () => {
      clearTimeout(over)
      refused--
    })
    // Its request is not read, but has to be taken: a socket that is closed with unread bytes is reset, and the answer
    // lost with it.
    socket.end(refusal(socket))
  }
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (isProxy(address)) return
    const network = networkKey(address)
    if (!counts.enter(network)) return refuse(socket)
    socket.once('close', () => counts.leave(network))
  })
}
