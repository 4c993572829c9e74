import t from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { CLIENT_PATIENCE_MS } from '../support/http-get.js'
import { startServer } from '../support/server.js'

const MIB = 1024 * 1024

const origin = await startFaultyOrigin(t)
const server = await startServer(t, { args: ['--origin', origin.endpoint, '--log-level', 'warn'] })
const gentle = await startServer(t, {
  args: ['--origin', origin.endpoint, '--reads-per-object', '2', '--reads', '4', '--log-level', 'warn']
})
const { put, ask, readsOf, right } = hashing(origin, server)

// Begin here, and are looked at in the last tests: they wait for the limits of 15 s and of 60 s.
const STALLING = { size: 20_000_000, seed: 9, faults: { stallAfter: 2 * MIB, times: 2 } }
const stalling = put(STALLING)
const stalled = ask(stalling.key, server, { patienceMs: CLIENT_PATIENCE_MS })
const alwaysShort = (['close', 'length', 'chunked'] as const).flatMap((framing) => [1, 100_000].map((by) => {
  const options = { size: 20_000_000, seed: 2, faults: { shortBody: { by, framing } } }
  return { by, framing, outcome: ask(put(options).key).then((response) => outcomeOf(response, options)) }
}))

t.test('F3: bodies that are short', async (t) => {
  await Promise.all((['close', 'length'] as const).flatMap((framing) => [1, 100_000, 5 * MIB].map(async (by) => {
    await right(
      t,
      { size: 40_000_000 + by, seed: 2, faults: { shortBody: { by, framing }, times: 4 } },
      `${by} bytes missing, ${framing}, 4 times`
    )
    await right(
      t,
      { size: 40_000_000 + by, seed: 2, faults: { shortBody: { by, framing }, times: 3 } },
      `${by} bytes missing, ${framing}, 3 times`,
      gentle
    )
  })))
})

t.test('F3: bodies without a length, from the middle of the object on', async (t) => {
  await Promise.all([1, 100_000].map(async (by) => {
    const good = { size: 60_000_000 + by, seed: 2, public: true }
    const short = { ...good, faults: { shortBody: { by, framing: 'chunked' }, times: 5 } } as const
    await right(
      t, { ...good, replaceAfter: { bytes: 20_000_000, with: short } }, `${by} bytes missing, chunked, 5 times`, gentle
    )
  }))
})

t.test('F4: an origin of 1 MiB/s', async (t) => {
  const options = { size: 10 * MIB, seed: 9, faults: { bytesPerSecond: MIB } }
  const response = await ask(put(options).key, server, { patienceMs: CLIENT_PATIENCE_MS })
  t.equal(await outcomeOf(response, options), 'torrent of 0', 'before the client gives up')
})

t.test('F4: reads that stall are asked for again', async (t) => {
  t.equal(await outcomeOf(await stalled, STALLING), 'torrent of 0', 'before the client gives up')
  const short = readsOf(stalling.key).filter(({ bytesSent }) => bytesSent === 2 * MIB)
  t.equal(short.length, 2, 'two reads stalled')
})

t.test('F3: bodies that are always short', async (t) => {
  for (const { by, framing, outcome } of alwaysShort) {
    t.equal(await outcome, framing === 'chunked' ? 'status 503' : 'broken off', `${by} bytes missing, ${framing}`)
  }
})
