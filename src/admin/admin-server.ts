import type { RequestListener } from 'node:http'
import { parse } from 'node:querystring'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { atMostHeaders } from '../net/header-count.js'
import { createHttpServer } from '../net/http-server.js'
import type { ConnectionBounds } from '../net/http-server.js'
import { BACKLOG, ListenError } from '../net/listen.js'
import { mountAssets } from './assets.js'
import type { BucketEvents } from '../warming/bucket-events.js'
import { mountEvents } from './event-route.js'
import { Guard } from './guard.js'
import { mountHealth } from './health.js'
import type { HealthParts } from './health.js'
import { mountLive } from './live.js'
import type { SnapshotParts } from './snapshot.js'

export interface AdminParts extends SnapshotParts, HealthParts {
  readonly token: string | undefined
  readonly connections: ConnectionBounds
  readonly metrics: Registry
  readonly events: BucketEvents
  readonly log: { error (facts: object, message: string): void, warn (facts: object, message: string): void }
}

const MAX_HEADERS = 200
/** No route here has more than one parameter; the rest is not read. */
const MAX_PARAMETERS = 20
const LIMIT_MS = 10_000
const STALL_MS = 60_000
const MAX_CONNECTIONS = 1_000

// Nothing of another site, nothing inline: a key is never more than text.
const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src " +
    "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store'
}

/** Dashboard, metrics, health and bucket events, on the operator's own listener. Whoever makes it closes it. */
export class AdminServer {
  readonly #server: FastifyInstance

  constructor (parts: AdminParts) {
    const guard = new Guard(parts.token)
    const server = fastify({
      serverFactory: (listener: RequestListener) => createHttpServer(atMostHeaders(MAX_HEADERS, listener), {
        ...parts.connections,
        limits: { headersTimeout: LIMIT_MS, requestTimeout: LIMIT_MS },
        maxHeaders: MAX_HEADERS,
        keepAliveMs: LIMIT_MS,
        idleMs: 0,
        stallMs: STALL_MS,
        maxConnections: MAX_CONNECTIONS,
        descriptors: 0.05,
        onDropped: () => {}
      }),
      routerOptions: { querystringParser: (text) => parse(text, '&', '=', { maxKeys: MAX_PARAMETERS }) },
      forceCloseConnections: true
    })
    server.addHook('onRequest', (_request, reply, done) => {
      reply.headers(HEADERS)
      done()
    })
    server.addHook('onRequest', guard.forAll)
    server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      const status = error.statusCode ?? 500
      if (status >= 500) parts.log.error({ err: error }, 'the admin listener could not answer')
      return reply.status(status).send({ error: status >= 500 ? 'That went wrong; see the log.' : error.message })
    })
    server.setNotFoundHandler((_request, reply) => reply.status(404).send({
      error: 'Here are /, /metrics, /healthz, /readyz and POST /-/events.'
    }))
    mountAssets(server)
    mountHealth(server, parts)
    mountEvents(server, { events: parts.events, guard, log: parts.log })
    server.register(async (readers) => {
      readers.addHook('onRequest', guard.forReaders)
      mountLive(readers, parts)
      readers.get(
        '/metrics', async (_request, reply) => reply.type(parts.metrics.contentType).send(await parts.metrics.metrics())
      )
    })
    this.#server = server
  }

  /** @throws ListenError */
  async listen (host: string, port: number): Promise<void> {
    await this.#server.listen({ host, port, backlog: BACKLOG }).catch((error: unknown) => {
      throw new ListenError({ flag: '--admin-port', host, port }, error)
    })
  }

  async close (): Promise<void> {
    await this.#server.close()
  }
}
