import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Faults } from '../system/support/faults.js'
import { startFaultyOrigin } from '../system/support/faulty-origin.js'
import type { ObjectOptions } from '../system/support/faulty-object.js'
import { hashing, outcomeOf } from '../system/support/hashing.js'
import { startServer } from '../system/support/server.js'

// npm run soak: clients that ask, leave and come back, at an origin that goes wrong in every way, for ten minutes. No torrent is
// wrong, memory does not grow, and nothing is left open. Figures come as comments.

const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 10)
const CLIENTS = 12
const KIB = 1024
const MIB = 1024 * KIB
const SAMPLE_MS = 2_000
const WARM_UP = 0.2

const origin = await startFaultyOrigin(t)
const server = await startServer(t, {
  args: ['--origin', origin.endpoint, '--store-size', String(4 * MIB), '--max-jobs', '6', '--max-queue', '24', '--job-grace', '2', '--log-level', 'error']
})
const { put, ask } = hashing(origin, server)

const pick = <T>(choices: readonly T[]): T => choices[Math.floor(Math.random() * choices.length)] as T
const between = (least: number, most: number): number => Math.floor(least + Math.random() * (most - least))

function anySize (): number {
  return pick([() => between(1, 20 * KIB), () => between(20 * KIB, 4 * MIB), () => between(4 * MIB, 40 * MIB), () => between(40 * MIB, 160 * MIB)])()
}

function anyFaults (size: number): Faults {
  const part = between(0, Math.min(size, 40 * MIB))
  const times = between(1, 6)
  return pick<() => Faults>([
    () => ({}),
    () => ({}),
    () => ({ cutAfter: part, times }),
    () => ({ cutAfter: 8 * MIB }),
    () => ({ shortBody: { by: between(1, 1000), framing: pick(['close', 'length', 'chunked'] as const) }, times }),
    () => ({ statusBurst: { status: pick([500, 503]), count: times } }),
    () => ({ bytesPerSecond: between(5, 50) * MIB }),
    () => ({ wrongContentRange: true }),
    () => ({ ignoreRange: true }),
    () => ({ stallAfter: part, times: 1 })
  ])()
}

const counts = new Map<string, number>()
const count = (what: string): void => { counts.set(what, (counts.get(what) ?? 0) + 1) }
/** Asked for before, with what their torrents may be of. */
const known: Array<{ key: string, versions: ObjectOptions[] }> = []

async function askOnce (): Promise<void> {
  const again = Math.random() < 0.4 ? known[between(0, known.length)] : undefined
  const { key, versions } = again ?? anObject()
  const leaves = Math.random() < 0.25
  const response = await ask(key, server, leaves ? { signal: AbortSignal.timeout(between(1, 800)) } : {})
  const outcome = response.status === 0 ? 'left before the answer' : await outcomeOf(response, ...versions)
  count(leaves && outcome === 'broken off' ? 'left' : outcome.replace(/ of \d+$/, ''))
  if (outcome === 'WRONG') t.fail(`a wrong torrent of ${JSON.stringify(versions)}`)
}

function anObject (): { key: string, versions: ObjectOptions[] } {
  const size = anySize()
  const options: ObjectOptions = { size, seed: between(1, 5), faults: anyFaults(size) }
  const versions = [options]
  if (Math.random() < 0.1) {
    const next: ObjectOptions = { size: anySize(), seed: between(6, 9), public: true }
    versions.push(next)
    options.replaceAfter = { bytes: between(0, size), with: next }
  }
  const made = { key: put(options).key, versions }
  known.push(made)
  if (known.length > 500) known.shift()
  return made
}

interface Sample { readonly at: number, readonly rss: number, readonly handles: number, readonly threads: number }

function sample (): Sample {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  return { at: performance.now(), rss: field('VmRSS') * KIB, handles: readdirSync(`/proc/${server.pid}/fd`).length, threads: field('Threads') }
}

const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? NaN

t.test(`${MINUTES} minutes of everything`, { timeout: (MINUTES + 5) * 60_000 }, async (t) => {
  const end = performance.now() + MINUTES * 60_000
  const samples: Sample[] = []
  const before = sample()
  const sampling = setInterval(() => { samples.push(sample()) }, SAMPLE_MS)
  t.teardown(() => { clearInterval(sampling) })
  await Promise.all(Array.from({ length: CLIENTS }, async () => {
    while (performance.now() < end) await askOnce()
  }))
  clearInterval(sampling)
  await sleep(25_000) // kept connections and grace times end
  const after = sample()

  const warm = samples.slice(samples.length * WARM_UP)
  const quarter = Math.ceil(warm.length / 4)
  const early = median(warm.slice(0, quarter).map(({ rss }) => rss))
  const late = median(warm.slice(-quarter).map(({ rss }) => rss))
  const total = [...counts.values()].reduce((sum, number) => sum + number, 0)
  for (const [what, number] of counts) t.comment(`${what}: ${number} of ${total}`)
  t.comment(`${origin.requests.length} requests to the origin, ${(origin.bytesSent / 1e9).toFixed(1)} GB read`)
  t.comment(`memory: median ${(early / 1e6).toFixed(0)} MB in the first quarter after the warm-up, ${(late / 1e6).toFixed(0)} MB in the last; most ${(Math.max(...samples.map(({ rss }) => rss)) / 1e6).toFixed(0)} MB`)
  t.comment(`handles: ${before.handles} before, ${Math.max(...samples.map(({ handles }) => handles))} at most, ${after.handles} after; threads ${before.threads}, ${after.threads}`)
  t.notOk(counts.has('WRONG'), 'no torrent was wrong')
  t.ok((counts.get('torrent') ?? 0) > total / 3, 'and many were made')
  t.ok(late < early * 1.1 + 10 * MIB, 'memory does not grow')
  // Two hashing threads have handles of their own, which stay.
  t.ok(after.handles <= before.handles + 24, 'no handle is left')
  const { status } = await ask(put({ size: MIB, seed: 1 }).key)
  t.equal(status, 200, 'the server is well')
  t.same(await server.stop(), { code: 0, signal: null }, 'and ends well')
})
