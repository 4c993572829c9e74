import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Faults } from '../support/faults.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { SeenRequest } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024

const origin = await startFaultyOrigin(t)
const gentle = await startServer(t, {
  args: [
    '--origin', origin.endpoint, '--reads-per-object', '2', '--reads', '4', '--job-grace', '0', '--log-level', 'warn'
  ]
})
const { put, ask, readsOf, quiet, right } = hashing(origin, gentle)

t.test('F14: a client leaves, and nothing goes on for it: the origin is read no more', async (t) => {
  const roomy = await startServer(t, { args: ['--origin', origin.endpoint, '--reads', '64', '--job-grace', '0'] })
  const CASES: Array<[name: string, faults: Faults, of: Server]> = [
    ['in the middle', { bytesPerSecond: 30 * MIB }, roomy],
    ['in the middle, few readers', { bytesPerSecond: 30 * MIB }, gentle],
    ['before the first byte', { stallAfter: 0 }, roomy],
    ['while reads wait to be tried again', { cutAfter: 1_000 }, roomy],
    ['while the origin refuses', { statusBurst: { status: 503, count: 1_000, method: 'GET' } }, roomy]
  ]
  await Promise.all(CASES.map(async ([name, faults, of]) => {
    const { key } = put({ size: 400_000_000, seed: 7, faults })
    const leaving = new AbortController()
    const asking = ask(key, of, { signal: leaving.signal })
    await until(`it is read while the client waits, ${name}`, () => readsOf(key).length > 0)
    await sleep(1_000) // in the middle of it
    leaving.abort()
    await asking
    await quiet(key)
    const after = readsOf(key)
    const bytes = after.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
    t.ok(bytes < 200_000_000, `${bytes} bytes read, ${name}`)
    await sleep(2_000)
    t.equal(readsOf(key).length, after.length, `and none begins, ${name}`)
  }))
  for (const of of [roomy, gentle]) await right(t, { size: 30_000_000, seed: 7 }, 'the slots are free again', of)
})

/**
 * The most requests at once. Each is taken to begin a little later: one may be answered before the last one's end is
 * seen.
 */
function mostAtOnce (requests: SeenRequest[]): number {
  const events = requests.flatMap(
    ({ startedAt, endedAt = Infinity }) => endedAt - startedAt > 20 ? [[startedAt + 20, 1], [endedAt, -1]] as const : []
  )
  let [now, most] = [0, 0]
  for (const [, change] of events.sort(([a, x], [b, y]) => a - b || x - y)) {
    now += change
    most = Math.max(most, now)
  }
  return most
}

t.test('20 objects at once, 4 reads at most', async (t) => {
  const objects = Array.from({ length: 20 }, (_, index) => ({
    size: 20_000_000 + index, seed: 8, faults: { bytesPerSecond: 40 * MIB }
  }))
  const from = origin.requests.length
  const keys = objects.map((options) => put(options).key)
  const responses = await Promise.all(keys.map((key) => ask(key, gentle)))
  const reads = origin.requests.slice(from).filter(({ method }) => method === 'GET')
  for (const [index, options] of objects.entries()) {
    const response = responses[index]
    t.equal(response && await outcomeOf(response, options), 'torrent of 0', `object ${index}`)
  }
  t.equal(mostAtOnce(reads), 4)
  t.equal(
    reads.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
    objects.reduce((sum, { size }) => sum + size, 0),
    'each byte is read once'
  )
})

t.test('F21: hashing threads that end', async (t) => {
  const dir = t.testdir({
    deaths: '',
    // Loaded into every thread: ends all but the main one after a while, by turns with an error and without.
    'ending.mjs': `
      import { appendFileSync, readFileSync } from 'node:fs'
      import { isMainThread } from 'node:worker_threads'
      const file = new URL('deaths', import.meta.url)
      if (!isMainThread) {
        setTimeout(() => {
          const deaths = readFileSync(file).length
          if (deaths >= 8) return
          appendFileSync(file, 'a')
          if (deaths % 2 === 0) process.exit(1)
          throw new Error('a thread ends')
        }, 700)
      }`
  })
  const mortal = await startServer(t, {
    args: ['--origin', origin.endpoint, '--hash-threads', '2'],
    env: { NODE_OPTIONS: `--import=${join(dir, 'ending.mjs')}` }
  })
  const objects = Array.from({ length: 4 }, (_, index) => ({
    size: 60_000_000 + index, seed: 1, faults: { bytesPerSecond: 15 * MIB }
  }))
  const outcomes = await Promise.all(
    objects.map(async (options) => outcomeOf(await ask(put(options).key, mortal), options))
  )
  t.same(outcomes, objects.map(() => 'torrent of 0'))
  const deaths = statSync(join(dir, 'deaths')).size
  t.comment(`F21: ${deaths} threads ended`)
  t.ok(deaths >= 2, `${deaths} threads ended, by turns with an error and without`)
  await right(t, { size: 60_000_000, seed: 1 }, 'the threads that came after them', mortal)
  t.same(await mortal.stop(), { code: 0, signal: null })
})

t.test('memory does not grow with the object', async (t) => {
  const big = await startServer(t, { args: ['--origin', origin.endpoint] })
  const peak = (): number => Number(
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${big.pid}/status`, 'utf8'))?.[1]
  ) / 1024
  await right(t, { size: 256 * MIB, seed: 1 }, '256 MiB', big)
  const small = peak()
  await right(t, { size: 3 * 1024 * MIB, seed: 1 }, '3 GiB', big)
  t.ok(peak() <= 250 && peak() - small <= 60, `${Math.round(peak())} MiB at most, ${Math.round(small)} at 256 MiB`)
})
