import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Faults } from '../support/faults.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024

const origin = await startFaultyOrigin(t)
const server = await startServer(t, { args: ['--origin', origin.endpoint, '--log-level', 'warn'] })
const gentle = await startServer(t, {
  args: ['--origin', origin.endpoint, '--reads-per-object', '2', '--reads', '4', '--log-level', 'warn']
})
const { put, ask, readsOf, right } = hashing(origin, server)

/** Three GETs in ten, two of them running: a read and its first retry. */
const threeInTen = (status: number): Faults => ({ refusedTurns: { status, turns: 'R..RR.....', next: 0 } })

t.test('F5: bursts of refusals', async (t) => {
  // Slower than its first bytes come: else there would be few reads at once, and three refusals of one that nothing has
  // come of yet are the answer.
  const bytesPerSecond = 30 * MIB
  await right(t, { size: 60_000_000, seed: 3, faults: { bytesPerSecond } }, 'threads and connections are there')
  await Promise.all([500, 503, 429].flatMap((status) => [1, 3, 10].map((count) =>
    right(
      t,
      { size: 60_000_000, seed: 3, faults: { bytesPerSecond, statusBurst: { status, count, method: 'GET' } } },
      `${count} of ${status}`
    ))))
})

t.test('F5: three requests in ten are refused', async (t) => {
  for (const status of [503, 500]) {
    const { key } = await right(t, { size: 600_000_003, seed: 1, faults: threeInTen(status) }, `${status}`)
    const reads = readsOf(key)
    const refused = reads.filter((read) => read.status === status).length
    const ratio = reads.length / (reads.length - refused)
    t.comment(
      `F5: ${refused} of ${reads.length} requests are refused with ${status}: ${ratio.toFixed(2)} times as many as ` +
      'without'
    )
    t.ok(refused >= 0.29 * reads.length && ratio <= 1.5, `${refused} of ${reads.length} are refused with ${status}`)
  }
  const { key } = await right(
    t, { size: 120_000_000, seed: 1, faults: { ...threeInTen(503), cutAfter: 4 * MIB } }, 'and the rest is cut', gentle
  )
  const refused = readsOf(key).filter(({ status }) => status === 503).length
  t.ok(refused > 3, `${refused} of ${readsOf(key).length} are refused`)
})

t.test('F5: an origin that refuses connections for a while', async (t) => {
  const resting = await startFaultyOrigin(t)
  const { port } = resting
  const patient = await startServer(t, { args: ['--origin', resting.endpoint] })
  const { put, ask, readsOf } = hashing(resting, patient)
  const options = { size: 80_000_000, seed: 3, faults: { bytesPerSecond: 20 * MIB } }
  const { key } = put(options)
  const asked = ask(key)
  await until(
    'it is read', () => readsOf(key).reduce((sum, { bytesSent }) => sum + bytesSent, 0) >= 20_000_000
  )
  await resting.close()
  await sleep(3_000)
  await resting.listen(port)
  t.equal(await outcomeOf(await asked, options), 'torrent of 0')
})

const SIZES = [1, 16_384, 1_000_000, 8 * MIB, 8 * MIB + 1, 30_000_000]

t.test('F9: a wrong Content-Range is refused', async (t) => {
  await Promise.all(SIZES.map(async (size) => {
    const options = { size, seed: 6, faults: { wrongContentRange: true } }
    t.equal(await outcomeOf(await ask(put(options).key), options), 'status 503', `${size} bytes`)
  }))
})

t.test('F9: where ranges are ignored, the object is read in one go', async (t) => {
  const single = await startServer(t, { args: ['--origin', origin.endpoint, '--reads-per-object', '1'] })
  for (const of of [server, gentle, single]) {
    for (const size of [...SIZES, 100_000_000]) {
      await right(t, { size, seed: 6, faults: { ignoreRange: true } }, `${size} bytes`, of)
    }
    await right(
      t,
      { size: 30_000_000, seed: 6, faults: { ignoreRange: true, cutAfter: 25_000_000, times: 3 } },
      'which is cut',
      of
    )
  }
})
