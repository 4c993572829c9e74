import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024

const origin = await startFaultyOrigin(t)
const server = await startServer(t, { args: ['--origin', origin.endpoint] })
// With a --job-grace of 0 and of 1.
const [atOnce, afterASecond] = await Promise.all(['0', '1'].map(
  (grace) => startServer(t, { args: ['--origin', origin.endpoint, '--job-grace', grace] })
)) as [Server, Server]
const { put, ask, readsOf, quiet, right } = hashing(origin, server)

const bytesOf = (key: string): number => readsOf(key).reduce((sum, { bytesSent }) => sum + bytesSent, 0)
const underWay = (key: string): number => readsOf(key).filter(({ endedAt }) => endedAt === undefined).length

/** Asks, and leaves when so many bytes of the object were read. */
async function leaveAt (key: string, bytes: number, of: Server): Promise<void> {
  const leaving = new AbortController()
  const asked = ask(key, of, { signal: leaving.signal })
  await until('bytes are read', () => bytesOf(key) >= bytes)
  leaving.abort()
  await asked
}

t.test('F14: a client leaves, the job goes on, and who comes back joins it', async (t) => {
  const options = { size: 100_000_000, seed: 22, faults: { bytesPerSecond: 25 * MIB } }
  const { key } = put(options)
  await leaveAt(key, 20_000_000, server)
  const then = bytesOf(key)
  await until('the job goes on without anybody', () => bytesOf(key) > then + 20_000_000)
  t.equal(await outcomeOf(await ask(key), options), 'torrent of 0')
  const ratio = bytesOf(key) / options.size
  t.comment(`F14: ${ratio.toFixed(4)} of its size read`)
  t.ok(ratio <= 1.001, `${ratio.toFixed(4)} of its size was read`)
})

t.test('F14: nobody comes back: it is hashed to the end, and then known', async (t) => {
  const options = { size: 60_000_000, seed: 22, faults: { bytesPerSecond: 25 * MIB } }
  const { key } = put(options)
  await leaveAt(key, 10_000_000, server)
  await until('all is read', () => bytesOf(key) === options.size && underWay(key) === 0)
  const reads = readsOf(key).length
  t.equal(await outcomeOf(await ask(key), options), 'torrent of 0')
  t.equal(readsOf(key).length, reads, 'without another read')
})

for (const [grace, hasty] of [atOnce, afterASecond].entries()) {
  t.test(`F14: --job-grace ${grace}: it stops, and the next one reads the rest`, async (t) => {
    const options = { size: 200_000_000, seed: 23, faults: { bytesPerSecond: 25 * MIB } }
    const { key } = put(options)
    await leaveAt(key, 60_000_000, hasty)
    await quiet(key)
    const first = bytesOf(key)
    t.ok(first < options.size * 0.8, `${first} bytes were read, and no more`)
    t.equal(await outcomeOf(await ask(key, hasty), options), 'torrent of 0')
    const ratio = bytesOf(key) / options.size
    t.comment(
      `F14: --job-grace ${grace}: ${ratio.toFixed(4)} of its size read in all, ${first} bytes by the one who left`
    )
    t.ok(ratio <= 1.1, `${ratio.toFixed(4)} of its size was read in all`)
  })

  t.test(`F14: --job-grace ${grace}: who comes back at once, again and again, has its torrent`, async (t) => {
    // Large beside what is under way when somebody leaves.
    const options = { size: 300_000_000, seed: 24, faults: { bytesPerSecond: 50 * MIB } }
    const { key } = put(options)
    for (const bytes of [1, 20_000_000, 40_000_000]) await leaveAt(key, bytes, hasty)
    t.equal(await outcomeOf(await ask(key, hasty), options), 'torrent of 0')
    const ratio = bytesOf(key) / options.size
    t.ok(ratio <= 1.2, `${ratio.toFixed(4)} of its size was read`)
  })
}

t.test('F14: one of two leaves: the other has its torrent', async (t) => {
  const options = { size: 60_000_000, seed: 25, faults: { bytesPerSecond: 15 * MIB } }
  const { key } = put(options)
  const staying = ask(key, atOnce)
  await leaveAt(key, 10_000_000, atOnce)
  t.equal(await outcomeOf(await staying, options), 'torrent of 0')
  t.equal(bytesOf(key), options.size, 'read once')
})

t.test('F14: who leaves while it waits for a turn takes it from nobody', async (t) => {
  const narrow = await startServer(t, { args: ['--origin', origin.endpoint, '--max-jobs', '1', '--job-grace', '0'] })
  const busy = { size: 60_000_000, seed: 26, faults: { bytesPerSecond: 15 * MIB } }
  const { key } = put(busy)
  const asked = ask(key, narrow)
  await until('it is read', () => bytesOf(key) > 0)
  const waiting = Array.from({ length: 5 }, () => put({ size: 30_000_000, seed: 26 }))
  const leaving = new AbortController()
  const left = waiting.map(({ key }) => ask(key, narrow, { signal: leaving.signal }))
  await until('all have asked', () => waiting.every(({ key }) => origin.requests.some(({ url }) => url.includes(key))))
  await sleep(500)
  leaving.abort()
  await Promise.all(left)
  t.equal(await outcomeOf(await asked, busy), 'torrent of 0')
  await right(t, { size: 30_000_000, seed: 26 }, 'after them', narrow)
  t.same(waiting.map(({ key }) => readsOf(key).length), [0, 0, 0, 0, 0], 'they are not read for')
})
