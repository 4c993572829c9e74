import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ClientAddress } from '../../../net/client-address.js'
import { networkKey } from '../../../net/endpoint.js'
import { atMostHeaders } from '../../../net/header-count.js'
import { createHttpServer } from '../../../net/http-server.js'
import type { ConnectionBounds } from '../../../net/http-server.js'
import { BACKLOG, listen } from '../../../net/listen.js'
import type { Tracker } from '../tracker.js'
import type { TrackerCounts, TrackerLog, TrackerTransport } from '../transport.js'
import { Answers, isTrackerPath } from './answers.js'
import type { Document } from './answers.js'
import { connectionOf } from './connection-of.js'
import { PlainConnections } from './plain-connections.js'

export interface HttpTrackerParts {
  readonly tracker: Pick<Tracker, 'announce' | 'scrape'>
  readonly clientAddress: ClientAddress
  readonly connections: ConnectionBounds
  /** Requests of one network at once; 0: no limit. */
  readonly requestsPerNetwork: number
  readonly log: Pick<TrackerLog, 'error'>
}

// 74 info hashes, every byte escaped, in one line.
const MAX_HEADER_BYTES = 8 * 1024
const MAX_HEADERS = 200
const REQUEST_MS = 10_000
/** docker/nginx.conf gives up before. */
export const KEEP_ALIVE_MS = 15_000
const IDLE_SOCKET_MS = 30_000
const MAX_CONNECTIONS = 10_000

/** BEP 3 and BEP 48 over HTTP: `/announce` and `/scrape`. Whoever makes it closes it. */
export class HttpTracker implements TrackerTransport {
  readonly name = 'http'
  readonly #answers: Answers
  readonly #server: Server
  readonly #plain: PlainConnections

  constructor (parts: HttpTrackerParts) {
    const answers = new Answers(parts.tracker, parts.requestsPerNetwork)
    this.#answers = answers
    this.#server = createHttpServer(atMostHeaders(
      MAX_HEADERS, (request, response) => serve(answers, parts, request, response)
    ), {
      ...parts.connections,
      limits: {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_MS,
        requestTimeout: REQUEST_MS,
        connectionsCheckingInterval: REQUEST_MS / 2
      },
      maxHeaders: MAX_HEADERS,
      keepAliveMs: KEEP_ALIVE_MS,
      idleMs: IDLE_SOCKET_MS,
      stallMs: REQUEST_MS,
      maxConnections: MAX_CONNECTIONS,
      descriptors: 0.2,
      onDropped: () => {}
    })
    this.#plain = new PlainConnections(this.#server, {
      answers,
      isProxy: parts.connections.isProxy,
      failed: (error) => failed(parts.log, error),
      requestMs: REQUEST_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      idleMs: IDLE_SOCKET_MS
    })
  }

  get counts (): Readonly<TrackerCounts> {
    return this.#answers.counts
  }

  listen (host: string, port: number): Promise<void> {
    return listen(this.#server, { flag: '--tracker-port', host, port }, () => this.#server.listen({
      host, port, backlog: BACKLOG
    }))
  }

  close (): void {
    this.#server.close()
    this.#server.closeAllConnections()
    this.#plain.close()
  }
}

function serve (answers: Answers, parts: HttpTrackerParts, request: IncomingMessage, response: ServerResponse): void {
  const network = networkKey(parts.clientAddress(request))
  if (!answers.enter(network)) return bencoded(response, answers.tooMany())
  response.once('close', () => answers.leave(network))
  answer(answers, parts, request, response).catch((error: unknown) => {
    failed(parts.log, error)
    response.destroy()
  })
}

async function answer (
  answers: Answers, parts: HttpTrackerParts, request: IncomingMessage, response: ServerResponse
): Promise<void> {
  const { method, url = '' } = request
  const [path = '', query = ''] = split(url, '?')
  if (method !== 'GET') return plain(response, 405, 'Only GET is answered here.\n')
  if (!isTrackerPath(path)) return plain(response, 404, 'This is a BitTorrent tracker: /announce and /scrape.\n')
  bencoded(response, await answers.of(path, query, connectionOf(request.socket, parts.clientAddress(request))))
}

// Latin-1 text, not a Buffer: node:http then writes head and body at once.
function bencoded (response: ServerResponse, documentOf: Document): void {
  if (response.destroyed) return // the client left meanwhile
  const document = documentOf()
  response.writeHead(
    200, ['Content-Type', 'text/plain', 'Content-Length', String(document.length), 'Cache-Control', 'no-store']
  )
  response.end(document, 'latin1')
}

function plain (response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain', 'content-length': text.length, ...(status === 405 && { allow: 'GET' })
  })
  response.end(text)
}

function failed (log: HttpTrackerParts['log'], error: unknown): void {
  log.error({ err: error }, 'the tracker could not answer')
}

function split (text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
