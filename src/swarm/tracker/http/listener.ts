import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ClientAddress } from '../../../net/client-address.js'
import { addressBytes, networkKey } from '../../../net/endpoint.js'
import { atMostHeaders } from '../../../net/header-count.js'
import { createHttpServer } from '../../../net/http-server.js'
import type { ConnectionBounds } from '../../../net/http-server.js'
import { BACKLOG, listen } from '../../../net/listen.js'
import { NetworkCounts } from '../../../net/network-counts.js'
import type { Connection, Tracker } from '../tracker.js'
import { TrackerRefusal } from '../tracker-refusal.js'
import type { TrackerCounts, TrackerLog, TrackerTransport } from '../transport.js'
import { parseAnnounce, parseScrape } from './parse.js'
import { announceDocument, refusalDocument, scrapeDocument } from './write.js'

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
  readonly counts: TrackerCounts = { announces: 0, scrapes: 0, refusals: 0 }
  readonly #server: Server
  readonly #requests: NetworkCounts

  constructor (parts: HttpTrackerParts) {
    this.#requests = new NetworkCounts(parts.requestsPerNetwork)
    this.#server = createHttpServer(atMostHeaders(
      MAX_HEADERS, (request, response) => this.#serve(parts, request, response)
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
  }

  listen (host: string, port: number): Promise<void> {
    return listen(this.#server, { flag: '--tracker-port', host, port }, () => this.#server.listen({
      host, port, backlog: BACKLOG
    }))
  }

  close (): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #serve (parts: HttpTrackerParts, request: IncomingMessage, response: ServerResponse): void {
    const network = networkKey(parts.clientAddress(request))
    if (!this.#requests.enter(network)) {
      this.counts.refusals++
      const refusal = new TrackerRefusal('Too many requests of this address at once.', 1)
      return bencoded(response, () => refusalDocument(refusal))
    }
    response.once('close', () => this.#requests.leave(network))
    answer(parts, this.counts, request, response).catch((error: unknown) => fail(parts.log, error, response))
  }
}

/** Makes an answer's bytes, as Latin-1, if the client is still there to read them. */
type Document = () => string

async function answer (
  parts: HttpTrackerParts, counts: TrackerCounts, request: IncomingMessage, response: ServerResponse
): Promise<void> {
  const { method, url = '' } = request
  const [path = '', query = ''] = split(url, '?')
  if (method !== 'GET') return plain(response, 405, 'Only GET is answered here.\n')
  if (path === '/announce') {
    counts.announces++
    return bencoded(response, await refusals(counts, () => announce(parts, request, query)))
  }
  if (path === '/scrape') {
    counts.scrapes++
    return bencoded(response, await refusals(counts, () => scrape(parts, request, query)))
  }
  plain(response, 404, 'This is a BitTorrent tracker: /announce and /scrape.\n')
}

async function announce (
  { tracker, clientAddress }: HttpTrackerParts, request: IncomingMessage, query: string
): Promise<Document> {
  const { compact, ...asked } = parseAnnounce(query)
  const connection = connectionOf(clientAddress, request)
  const reply = await tracker.announce(asked, connection)
  return () => announceDocument(reply, connection.address, compact)
}

async function scrape (
  { tracker, clientAddress }: HttpTrackerParts, request: IncomingMessage, query: string
): Promise<Document> {
  const counts = await tracker.scrape(parseScrape(query), connectionOf(clientAddress, request))
  return () => scrapeDocument(counts)
}

function connectionOf (clientAddress: ClientAddress, request: IncomingMessage): Connection {
  const client = clientAddress(request)
  const address = addressBytes(client)
  if (address === undefined) throw new TrackerRefusal('The address of the peer is not known.')
  const { remoteAddress, localAddress } = request.socket
  return {
    address, reached: client === remoteAddress && localAddress !== undefined ? addressBytes(localAddress) : undefined
  } // else a proxy's
}

// A refusal is an answer like any other: BEP 3 knows no other status than 200.
async function refusals (counts: TrackerCounts, work: () => Promise<Document>): Promise<Document> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TrackerRefusal)) throw error
    counts.refusals++
    return () => refusalDocument(error)
  }
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

function fail (log: HttpTrackerParts['log'], error: unknown, response: ServerResponse): void {
  log.error({ err: error }, 'the tracker could not answer')
  response.destroy()
}

function split (text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
