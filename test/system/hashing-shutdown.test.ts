import t from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024

const origin = await startFaultyOrigin(t)

t.test('F17: SIGTERM under load: what ends in time is whole, and what was hashed of the rest is kept', async (t) => {
  const dataDir = t.testdir({})
  const start = () => startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', dataDir] })
  const server = await start()
  const { put, ask, readsOf } = hashing(origin, server)
  const short = Array.from({ length: 10 }, (_, index) => ({
    size: 3_000_000 + index, seed: 41, faults: { bytesPerSecond: MIB }
  }))
  const long = { size: 600_000_000, seed: 42, faults: { bytesPerSecond: 20 * MIB } as { bytesPerSecond?: number } }
  const { key, object } = put(long)
  const keys = short.map((options) => put(options).key)
  const askedLong = ask(key, server)
  const askedShort = keys.map((key) => ask(key, server))
  const bytesOf = (key: string): number => readsOf(key).reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  await until('all are read', () => keys.every((key) => bytesOf(key) > 300_000) && bytesOf(key) >= 60_000_000)

  t.same(await server.stop(), { code: 0, signal: null })
  const outcomes = await Promise.all(askedShort.map(async (asked, index) => outcomeOf(await asked, short[index] ?? {})))
  t.same(outcomes, short.map(() => 'torrent of 0'), 'the answers that end within the grace time')
  t.equal(await outcomeOf(await askedLong, long), 'broken off', 'and the one that does not')
  t.notMatch(server.stderr(), /"level":60|unhandled|uncaught/i)

  const before = object.bytesSent
  t.ok(before < long.size * 0.8, `${before} bytes were read of it`)
  object.faults.bytesPerSecond = undefined
  const next = await start()
  t.equal(await outcomeOf(await ask(key, next), long), 'torrent of 0', 'asked again, it is right')
  const ratio = object.bytesSent / long.size
  t.comment(`F17: ${before} bytes read before SIGTERM; ${ratio.toFixed(4)} of its size in all`)
  t.ok(ratio <= 1.05, 'and only the rest was read')
  for (const [index, key] of keys.entries()) {
    const reads = readsOf(key).length
    t.equal(await outcomeOf(await ask(key, next), short[index] ?? {}), 'torrent of 0')
    t.equal(readsOf(key).length, reads, 'what was done is known')
  }
})

t.test('F17: SIGTERM while nobody waits: what goes on in the grace time is kept too', async (t) => {
  const dataDir = t.testdir({})
  const start = () => startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', dataDir] })
  const server = await start()
  const { put, ask } = hashing(origin, server)
  const options = { size: 300_000_000, seed: 43, faults: { bytesPerSecond: 20 * MIB } as { bytesPerSecond?: number } }
  const { key, object } = put(options)
  const leaving = new AbortController()
  const asked = ask(key, server, { signal: leaving.signal })
  await until('it is read', () => object.bytesSent >= 20_000_000)
  leaving.abort()
  await asked
  await until('it goes on', () => object.bytesSent >= 60_000_000)
  t.same(await server.stop(), { code: 0, signal: null })
  object.faults.bytesPerSecond = undefined
  const next = await start()
  t.equal(await outcomeOf(await ask(key, next), options), 'torrent of 0')
  const ratio = object.bytesSent / options.size
  t.comment(`F17: ${ratio.toFixed(4)} of its size read in all`)
  t.ok(ratio <= 1.05, `${ratio.toFixed(4)} of its size was read`)
})
