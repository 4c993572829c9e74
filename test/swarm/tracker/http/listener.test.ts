import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { HttpTracker } from '../../../../src/swarm/tracker/http/listener.js'
import type { HttpTrackerParts } from '../../../../src/swarm/tracker/http/listener.js'
import { freePort } from '../../../support/free-port.js'
import { httpGet } from '../../../support/http-get.js'
import { announce, announcePath, announced } from '../../../support/tracker-client.js'
import { until } from '../../../support/until.js'
import { HeldSwarms } from '../held-swarms.js'
import { INFO_HASH, trackerOver } from '../tracked.js'

async function listening (
  t: Test, tracker: HttpTrackerParts['tracker'], requestsPerNetwork = 0
): Promise<{ http: HttpTracker, port: number }> {
  const http = new HttpTracker({
    tracker,
    clientAddress: ({ socket }) => socket.remoteAddress ?? '',
    connections: { perNetwork: 0, isProxy: () => false },
    requestsPerNetwork,
    log: { error: (facts: object, what: string) => t.fail(what, facts) }
  })
  const port = await freePort()
  await http.listen('127.0.0.1', port)
  t.teardown(() => http.close())
  return { http, port }
}

const turns = async (): Promise<void> => { for (let i = 0; i < 10; i++) await turn() }

t.test('a client that left meanwhile costs nothing', async (t) => {
  const swarms = new HeldSwarms({ silence: 60 })
  t.teardown(() => swarms.close())
  const tracker = trackerOver(swarms)
  let written = 0
  const { port } = await listening(t, {
    announce: async (...asked) => {
      const { interval, ...reply } = await tracker.announce(...asked)
      return {
        ...reply,
        get interval () {
          written++
          return interval
        }
      }
    },
    scrape: async () => new Map()
  }, 1)
  const at = { port, path: announcePath(INFO_HASH) }
  const leaving = new AbortController()
  const left = httpGet(at, { signal: leaving.signal })
  await swarms.untilHeld(1)
  t.match(announced((await httpGet(at)).body).failure, /at once/, 'one at a time')
  leaving.abort()
  await left
  const others: Array<ReturnType<typeof httpGet>> = []
  await until('its place is free', async () => {
    others.push(httpGet(at))
    await turns()
    return swarms.held.length === 2
  })
  for (const answer of swarms.held) answer()
  const answers = (await Promise.all(others)).map(({ body }) => announced(body))
  t.match(answers.filter(({ failure }) => failure === undefined), [{ interval: 1800, incomplete: 1 }])
  await turns()
  t.equal(written, 1, 'one answer is written, and that is not for the one that left')
})

t.test('the end comes before the answer', async (t) => {
  const swarms = new HeldSwarms({ silence: 60 })
  t.teardown(() => swarms.close())
  const { http, port } = await listening(t, trackerOver(swarms))
  const asked = httpGet({ port, path: announcePath(INFO_HASH) })
  await swarms.untilHeld(1)
  http.close()
  for (const answer of swarms.held) answer()
  t.equal((await asked).status, 0, 'the connection is closed')
  await turns()
})

t.test('answers that come in another order', async (t) => {
  const swarms = new HeldSwarms({ silence: 60 })
  t.teardown(() => swarms.close())
  const { port } = await listening(t, trackerOver(swarms))
  const seeder = announce({ port }, INFO_HASH, { port: 1111, left: 0 })
  await swarms.untilHeld(1)
  const leecher = announce({ port }, INFO_HASH, { port: 2222 }, { from: '127.0.0.2' })
  await swarms.untilHeld(2)
  for (const answer of swarms.held.reverse()) answer()
  t.match(await seeder, { complete: 1, incomplete: 0, peers: [] })
  t.match(await leecher, { complete: 1, incomplete: 1, peers: ['127.0.0.1:1111'] })
})
