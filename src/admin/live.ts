import type { FastifyInstance } from 'fastify'
import { takeSnapshot } from './snapshot.js'
import type { SnapshotParts } from './snapshot.js'

export interface LiveParts extends SnapshotParts {
  readonly log: { error (facts: object, message: string): void }
}

const EVERY_MS = 1_000
const MAX_WATCHERS = 20

/**
 * `GET /-/live`: server-sent events, `history` first (an array of samples), then a `snapshot` each second. A
 * page that reads too slowly misses some.
 */
export function mountLive (server: FastifyInstance, parts: LiveParts): void {
  let watchers = 0
  server.get('/-/live', (_request, reply) => {
    if (watchers >= MAX_WATCHERS) {
      return reply.status(503).send({ error: `${MAX_WATCHERS} pages are watching already.` })
    }
    watchers++
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, {
      ...reply.getHeaders() as Record<string, string>, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no'
    })
    const tell = (event: string, data: unknown): void => {
      if (!raw.destroyed && !raw.writableNeedDrain) raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    let isTaking = false
    const tellSnapshot = (): void => {
      if (isTaking) return
      isTaking = true
      takeSnapshot(parts).then((snapshot) => tell('snapshot', snapshot)).catch(
        (err: unknown) => parts.log.error({ err }, 'the dashboard could not be told a snapshot')
      ).finally(() => { isTaking = false })
    }
    tell('history', parts.history.samples)
    tellSnapshot()
    const timer = setInterval(tellSnapshot, EVERY_MS)
    raw.once('close', () => {
      clearInterval(timer)
      watchers--
    })
    return reply
  })
}
