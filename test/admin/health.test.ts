import Fastify from 'fastify'
import t from 'tap'
import type { HealthParts } from '../../src/admin/health.js'
import { mountHealth } from '../../src/admin/health.js'

async function answerOf (path: string, { there = true, durable = true, refused }: {
  there?: boolean
  durable?: boolean
  refused?: string
} = {}): Promise<{ status: number, body: unknown }> {
  const server = Fastify()
  mountHealth(server, {
    origin: { assertThere: () => there ? Promise.resolve() : Promise.reject(new Error('http://secret.host is down')) },
    store: { isDurable: () => Promise.resolve(durable) },
    ownKeyPairState: { refused }
  } as unknown as HealthParts)
  const { statusCode, body } = await server.inject(path)
  await server.close()
  return { status: statusCode, body: JSON.parse(body) as unknown }
}

t.test('/healthz says that the process answers, whatever else is broken', async (t) => {
  t.same(await answerOf('/healthz', { there: false, durable: false }), { status: 200, body: { status: 'ok' } })
})

t.test('/readyz', async (t) => {
  t.same(await answerOf('/readyz'), { status: 200, body: { status: 'ok', origin: 'ok', store: 'ok' } })
  t.same(await answerOf('/readyz', { there: false }), {
    status: 503,
    body: { status: 'not ready', origin: 'it does not answer; see --origin, and the log', store: 'ok' }
  }, 'the reason names no host')
  t.same(await answerOf('/readyz', { durable: false }), {
    status: 503,
    body: { status: 'not ready', origin: 'ok', store: 'hashes cannot be kept on disk; see --data-dir, and the log' }
  })
  t.match(await answerOf('/readyz', { refused: 'ExpiredToken' }), {
    status: 200, body: { status: 'ok', ownKeyPair: /the origin refuses it/ }
  }, 'signed requests are served all the same')
})
