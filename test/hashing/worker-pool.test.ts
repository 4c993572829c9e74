import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import { WorkerPool } from '../../src/hashing/worker-pool.js'
import { failedAs } from '../../src/objects/worker-read.js'
import { until } from '../support/until.js'

const NEVER = new AbortController().signal
// Threads of a pool keep no process alive.
const alive = setInterval(() => {}, 1_000)
t.teardown(() => clearInterval(alive))
const PIECE = 16384

/** A thread that does as the path of a task says, and writes a line to `starts` when it starts. */
const SCRIPT = `
  import { appendFileSync } from 'node:fs'
  import { parentPort, threadId } from 'node:worker_threads'
  appendFileSync(new URL('starts', import.meta.url), threadId + '\\n')
  const waiting = new Set()
  parentPort.on('message', ({ task, cancel }) => {
    if (cancel !== undefined) {
      if (waiting.delete(cancel)) parentPort.postMessage({ id: cancel, end: 'broken', message: 'cancelled' })
      return
    }
    const { id, source } = task
    const post = (message) => parentPort.postMessage({ id, ...message })
    switch (source.path) {
      case 'exit': return process.exit(1)
      case 'throw': throw new Error('it throws')
      case 'wait': return waiting.add(id)
      case 'broken': return post({ end: 'broken', message: 'it broke' })
      case 'busy': {
        const end = performance.now() + 300
        while (performance.now() < end);
        return post({ end: 'whole' })
      }
      case 'unexpected': return post({ end: 'unexpected', message: 'status 500' })
      default:
        post({ begun: true })
        post({ digests: new Uint8Array(20).fill(threadId) })
        post({ end: 'whole' })
    }
  })
`

interface Running {
  readonly pool: InstanceType<typeof WorkerPool>
  /** Gives a task that does so, and resolves with what came of it: 'whole' or the error. */
  readonly hash: (what: string, signal?: AbortSignal) => Promise<unknown>
  /** Threads that were started. */
  readonly starts: () => number
  readonly digests: Buffer[]
}

function running (t: Test, size: number): Running {
  const dir = t.testdir({ 'thread.mjs': SCRIPT, starts: '' })
  const pool = new WorkerPool(size, () => {}, { script: pathToFileURL(join(dir, 'thread.mjs')) })
  t.teardown(() => pool.close())
  const digests: Buffer[] = []
  const hash = (path: string, signal = NEVER): Promise<unknown> =>
    pool.hash(
      {
        source: () => Promise.resolve({ kind: 'file', path, etag: '"a"', first: 0, last: PIECE - 1 }),
        first: 0,
        last: PIECE - 1,
        pieceLength: PIECE,
        metaVersion: 1
      },
      { onBegun: () => {}, onDigests: ({ bytes }) => { digests.push(bytes) } },
      signal
    )
      .then(() => 'whole', (error: unknown) => error)
  return { pool, hash, starts: () => readFileSync(join(dir, 'starts'), 'utf8').split('\n').length - 1, digests }
}

t.test('one thread starts ahead of what is needed, and no more than there may be', async (t) => {
  const { hash, starts, digests } = running(t, 3)
  await sleep(100)
  t.equal(starts(), 0, 'none before there is a task')
  t.equal(await hash('right'), 'whole')
  await until('one is ahead', () => starts() === 2)
  t.equal(await hash('right'), 'whole')
  await sleep(100)
  t.equal(starts(), 2, 'one is idle: no other is started')
  t.same((await Promise.all(Array.from({ length: 20 }, () => hash('right')))), Array(20).fill('whole'))
  await until('all are there', () => starts() >= 3)
  t.equal(await hash('right'), 'whole')
  await sleep(100)
  t.equal(starts(), 3)
  t.equal(digests.length, 23)
  t.ok(new Set(digests.map((bytes) => bytes[0])).size >= 2, 'they shared the work')
})

t.test('how a task ends', async (t) => {
  const { hash } = running(t, 1)
  const [broken, unexpected] = await Promise.all([hash('broken'), hash('unexpected')])
  t.ok(failedAs(broken, 'broken'), String(broken))
  t.ok(failedAs(unexpected, 'unexpected'), String(unexpected))
  t.match(unexpected, { message: 'status 500' })
})

for (const end of ['exit', 'throw']) {
  t.test(`F21: a thread that dies (${end}): all its tasks are to be done again, and another one does them`,
    async (t) => {
      const { hash, starts } = running(t, 1)
      const ended = await Promise.all([hash('wait'), hash(end), hash('wait')])
      t.same(ended.map((error) => failedAs(error, 'broken')), [true, true, true], ended.join())
      if (end === 'throw') t.match(ended[0], { cause: { message: 'it throws' } }, 'with the reason')
      let again: unknown
      for (let tries = 0; again !== 'whole' && tries < 100; tries++) {
        again = await hash('right')
        await sleep(20)
      }
      t.equal(again, 'whole')
      t.equal(starts(), 2)
    })
}

t.test('F21: another thread goes on meanwhile', async (t) => {
  const { hash } = running(t, 2)
  const leaving = new AbortController()
  const waiting = hash('wait', leaving.signal)
  t.ok(failedAs(await hash('exit'), 'broken'))
  t.equal(await hash('right'), 'whole', 'by the one that is there')
  leaving.abort()
  t.ok(failedAs(await waiting, 'broken'), 'which still has its task')
})

t.test('threads that die at once are not started again and again', async (t) => {
  const { hash, starts } = running(t, 1)
  let broken = 0
  for (let tries = 0; tries < 300; tries++) {
    if (failedAs(await hash('exit'), 'broken')) broken++
    await sleep(1)
  }
  t.equal(broken, 300)
  t.ok(starts() <= 10, `${starts()} starts: after 0.1, 0.2, 0.4, … s`)
})

t.test('who leaves: the thread is told, and is free for others', async (t) => {
  const { hash, starts } = running(t, 1)
  const leaving = new AbortController()
  const waiting = hash('wait', leaving.signal)
  t.equal(await hash('right'), 'whole', 'tasks of a thread do not wait for each other')
  leaving.abort()
  t.match(await waiting, { message: 'cancelled' })
  t.equal(starts(), 1)
  const never = await hash('right', AbortSignal.abort(new Error('left')))
  t.match(never, { message: 'left' }, 'who has left before is not begun with')
})

t.test('a pool that is closed has no threads', async (t) => {
  const { pool, hash } = running(t, 2)
  const waiting = [hash('wait'), hash('wait')]
  await pool.close()
  for (const ended of await Promise.all(waiting)) t.ok(failedAs(ended, 'broken'), String(ended))
})

t.test('the real thread hashes a file', async (t) => {
  const path = join(t.testdir({}), 'file')
  writeFileSync(path, 'a')
  appendFileSync(path, 'b')
  const pool = new WorkerPool(1, () => {})
  t.teardown(() => pool.close())
  const hashing = pool.hash(
    {
      source: () => Promise.resolve({ kind: 'file', path, etag: '"another"', first: 0, last: 1 }),
      first: 0,
      last: 1,
      pieceLength: PIECE,
      metaVersion: 1
    },
    { onBegun: () => {}, onDigests: () => {} },
    NEVER
  )
  await t.rejects(hashing, { kind: 'unexpected', message: 'the file changed' }, 'that must be what its ETag says')
})

t.test('utilization: of the thread that has the least to do, since it was asked for last', async (t) => {
  const { pool, hash } = running(t, 2)
  const leave = new AbortController()
  t.equal(pool.utilization(), 0)
  const first = hash('wait', leave.signal)
  await hash('busy')
  pool.utilization()
  t.equal(await hash('busy'), 'whole')
  const one = pool.utilization()
  t.ok(one < 0.1, `the other one waits: ${one}`)
  await Promise.all([hash('busy'), hash('busy')])
  const both = pool.utilization()
  t.ok(both > 0.3, `both have much to do, even if not at the same time: ${both}`)
  leave.abort()
  t.ok(failedAs(await first, 'broken'))
})

t.test('utilization: a thread that has not been started could do everything', async (t) => {
  const { pool, hash } = running(t, 3)
  await hash('busy')
  t.equal(pool.utilization(), 0)
})
