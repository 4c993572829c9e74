import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { FaultyObject } from '../support/faulty-object.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import type { HttpResponse } from '../support/http-get.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024
const KILLS = 12
const LANES = 3
const RATE = 60 * MIB
const SIZE = 128 * MIB

const origin = await startFaultyOrigin(t)
const root = t.testdir({})
const start = (name: string): Promise<Server> => startServer(t, {
  args: ['--origin', origin.endpoint, '--data-dir', join(root, name), '--reads-per-object', '4', '--log-level', 'warn']
})

/** What part of an object the next server on this data directory reads for its torrent. */
async function readByTheNext (
  t: Test, name: string, object: FaultyObject, ask: (server: Server) => Promise<HttpResponse>
): Promise<number> {
  const before = object.bytesSent
  object.faults.bytesPerSecond = undefined
  t.equal(await outcomeOf(await ask(await start(name)), object.options), 'torrent of 0')
  return (object.bytesSent - before) / (object.options.size ?? 0)
}

/** The same moments in every run. */
function * random (): Generator<number, never> {
  for (let state = 1; ;) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    yield state / 0x80000000
  }
}

t.test('F10: kill -9 at random moments', async (t) => {
  const moments = random()
  const reread: number[] = []
  // One after the other on each data directory.
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    let server = await start(`lane-${lane}`)
    for (let kill = 0; kill < KILLS / LANES; kill++) {
      const { put, ask } = hashing(origin, server)
      const { key, object } = put({ size: SIZE, seed: 1, etag: `kill ${kill}`, faults: { bytesPerSecond: RATE } })
      const moment = Math.floor(moments.next().value * SIZE * 0.98)
      const asking = ask(key)
      await until(`${moment} bytes are sent`, () => object.bytesSent >= moment)
      await server.stop('SIGKILL')
      t.equal((await asking).complete, false, `killed after ${moment} bytes`)
      server = await start(`lane-${lane}`)
      t.equal(await outcomeOf(await ask(key, server), object.options), 'torrent of 0', `and asked again, ${moment}`)
      const again = object.bytesSent - SIZE
      reread.push(again)
      t.equal(await outcomeOf(await ask(key, server), object.options), 'torrent of 0')
      t.equal(object.bytesSent - SIZE, again, 'then it is known')
    }
    t.notMatch(server.stderr(), /damaged/)
  }))
  const megabytes = reread.map((bytes) => bytes / MIB).sort((a, b) => a - b)
  const mean = megabytes.reduce((sum, each) => sum + each, 0) / KILLS
  t.comment(
    `F10: ${KILLS} kills: read again ${mean.toFixed(1)} MiB of 128 on average, ${megabytes[KILLS / 2]?.toFixed(1)} ` +
    `in the middle, ${megabytes.at(-1)?.toFixed(1)} at most`
  )
  // In the sockets of four readers, in the threads, and what came in the last tenths of a second: where nothing is kept
  // it is 64.
  t.ok(mean < 40, `${mean} MiB read again on average`)
})

t.test('kill -9 at 70 %: the next run reads the rest', async (t) => {
  const size = 400 * MIB
  const first = await start('at 70')
  const { put, ask } = hashing(origin, first)
  const { key, object } = put({ size, seed: 2, faults: { bytesPerSecond: 40 * MIB } })
  const asking = ask(key)
  await until('70 % are sent', () => object.bytesSent >= 0.7 * size)
  await first.stop('SIGKILL')
  await asking
  const part = await readByTheNext(t, 'at 70', object, (server) => ask(key, server))
  t.comment(`killed at 70 %: ${(part * 100).toFixed(1)} % read by the next run`)
  t.ok(part <= 0.35, `${part}`)
})

t.test('SIGTERM keeps what was hashed', async (t) => {
  const size = 400 * MIB
  const first = await start('stopped')
  const { put, ask } = hashing(origin, first)
  const { key, object } = put({ size, seed: 3, faults: { bytesPerSecond: 25 * MIB } })
  const leaving = new AbortController()
  const asking = ask(key, first, { signal: leaving.signal })
  await until('a quarter is sent', () => object.bytesSent >= 0.25 * size)
  leaving.abort()
  await asking
  t.same(await first.stop(), { code: 0, signal: null })
  const before = object.bytesSent
  const part = await readByTheNext(t, 'stopped', object, (server) => ask(key, server))
  t.comment(`stopped at ${(100 * before / size).toFixed(1)} %: ${(part * 100).toFixed(1)} % read by the next run`)
  t.ok(part + before / size < 1.1, `${part} and ${before / size}`)
})
