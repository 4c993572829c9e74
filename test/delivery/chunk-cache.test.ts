import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { CHUNK_BYTES } from '../../src/delivery/chunk.js'
import { ChunkCache } from '../../src/delivery/chunk-cache.js'
import type { Load } from '../../src/delivery/chunk-cache.js'
import type { Content } from '../../src/delivery/content.js'

const forEver = new AbortController().signal
const SIZE = 10 * CHUNK_BYTES - 5
const contentOf = (key: string): Content => ({ object: { bucket: 'bkt', key }, etag: '"1"', size: SIZE })
const [a, b] = [contentOf('a'), contentOf('b')]

/** Fills every chunk with its number. */
const load: Load = async ({ first, last }, sink) => {
  for (let at = first; at <= last;) {
    const index = Math.floor(at / CHUNK_BYTES)
    const room = sink.room() ?? Buffer.alloc(0)
    const bytes = room.subarray(0, Math.min(room.length, last + 1 - at, 300_000)).fill(index)
    at += bytes.length
    await sink.take(bytes)
  }
}

/** As load, and notes which chunks it was asked for. */
function noting (): { load: Load, loads: string[] } {
  const loads: string[] = []
  return {
    loads,
    load: (part, sink, signal) => {
      loads.push(`${part.first / CHUNK_BYTES}-${Math.floor(part.last / CHUNK_BYTES)}`)
      return load(part, sink, signal)
    }
  }
}

async function hasRight (cache: ChunkCache, index: number, loading: Load, run = 1): Promise<boolean> {
  const { bytes, release } = await held(cache, index, loading, run)
  const isRight = bytes.length === Math.min(CHUNK_BYTES, SIZE - index * CHUNK_BYTES) &&
    bytes.every((byte) => byte === index)
  release()
  return isRight
}

async function held (cache: ChunkCache, index: number, loading: Load, run = 1) {
  const chunk = await cache.get(a, index, run, loading, forEver)
  return { bytes: chunk.bytes, release: () => chunk.release() }
}

t.test('a chunk is read once for all who ask for it', async (t) => {
  const cache = new ChunkCache({ maxBytes: SIZE * 2, reads: 4 })
  const { load, loads } = noting()
  const together = await Promise.all([0, 1, 2].map(() => cache.get(a, 0, 1, load, forEver)))
  t.equal(new Set(together).size, 1, 'one chunk')
  t.equal(cache.peek(a, 0), together[0])
  await cache.get(a, 1, 1, load, forEver)
  await cache.get(b, 0, 1, load, forEver)
  t.strictSame(loads, ['0-0', '1-1', '0-0'], 'another chunk, or another object, is another one')
})

t.test('several in a row are one read, which ends where a chunk is here', async (t) => {
  const cache = new ChunkCache({ maxBytes: SIZE * 2, reads: 4 })
  const { load, loads } = noting()
  t.ok(await hasRight(cache, 6, load))
  const all = await Promise.all([2, 3, 4, 5, 6, 7].map((index) => hasRight(cache, index, load, 10 - index)))
  t.ok(all.every(Boolean))
  t.ok(await hasRight(cache, 9, load), 'the last one is shorter')
  t.strictSame(loads, ['6-6', '2-5', '7-9'])
})

t.test('what was used least recently goes first', async (t) => {
  const cache = new ChunkCache({ maxBytes: 3 * CHUNK_BYTES, reads: 4 })
  for (const index of [0, 1, 2]) (await cache.get(a, index, 1, load, forEver)).release()
  cache.peek(a, 0)?.release()
  ;(await cache.get(a, 3, 1, load, forEver)).release()
  t.strictSame([0, 1, 2, 3].map((index) => cache.hasOrLoads(a, index)), [true, false, true, true])
})

t.test('memory is used again, but never while somebody holds it', async (t) => {
  const cache = new ChunkCache({ maxBytes: 2 * CHUNK_BYTES, reads: 4 })
  const first = await cache.get(a, 0, 1, load, forEver)
  const alsoFirst = cache.peek(a, 0)
  const seen = new Set<Buffer>()
  for (const index of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const chunk = await cache.get(a, index, 1, load, forEver)
    seen.add(chunk.bytes)
    t.ok(chunk.bytes.every((byte) => byte === index))
    chunk.release()
  }
  t.notOk(cache.hasOrLoads(a, 0))
  first.release()
  t.ok(first.bytes.every((byte) => byte === 0), 'what was held is as it was')
  t.ok(seen.size <= 4, `${seen.size} buffers`)
  const more = await cache.get(b, 1, 1, load, forEver)
  t.not(more.bytes, first.bytes, 'somebody else holds it still')
  alsoFirst?.release()
  const { bytes } = await cache.get(b, 2, 1, load, forEver)
  t.equal(bytes, first.bytes, 'nobody holds it now')
})

t.test('a cache that keeps nothing gives every chunk all the same', async (t) => {
  const cache = new ChunkCache({ maxBytes: 0, reads: 1 })
  for (const index of [0, 1, 9]) t.ok(await hasRight(cache, index, load))
  t.notOk(cache.hasOrLoads(a, 0))
})

t.test('what fails is not kept, and is tried again', async (t) => {
  const cache = new ChunkCache({ maxBytes: SIZE, reads: 1 })
  const fails: Load = async ({ first }, sink, signal) => {
    await load({ first, last: first + CHUNK_BYTES - 1 }, sink, signal)
    throw new Error('down')
  }
  const run = [0, 1, 2].map((index) => cache.get(a, index, 3, fails, forEver))
  t.equal((await run[0])?.bytes.length, CHUNK_BYTES, 'what had come is good')
  for (const rest of run.slice(1)) await t.rejects(rest, { message: 'down' })
  const short: Load = ({ first }, sink, signal) => load({ first, last: first + 10 }, sink, signal)
  await t.rejects(cache.get(a, 1, 1, short, forEver), { message: /fewer bytes/ })
  t.ok(await hasRight(cache, 1, load), 'its turn was given back')
})

t.test('who leaves stops a read that nobody else waits for, and no other', async (t) => {
  const cache = new ChunkCache({ maxBytes: SIZE, reads: 2 })
  const stopped: string[] = []
  const slowly = (name: string): Load => async (part, sink, signal) => {
    await sleep(50, undefined, { signal }).catch(() => { stopped.push(name) })
    signal.throwIfAborted()
    await load(part, sink, signal)
  }
  const [leaving, staying] = [new AbortController(), new AbortController()]
  const left = [
    cache.get(a, 0, 1, slowly('alone'), leaving.signal), cache.get(a, 1, 2, slowly('shared'), leaving.signal)
  ]
  const stays = cache.get(a, 2, 1, slowly('never'), staying.signal)
  leaving.abort(new Error('gone'))
  for (const promise of left) await t.rejects(promise, { message: 'gone' })
  t.notOk(cache.hasOrLoads(a, 0), 'whoever comes now begins anew')
  t.equal((await stays).bytes.length, CHUNK_BYTES)
  t.strictSame(stopped, ['alone'])
  await t.rejects(
    cache.get(a, 9, 1, load, leaving.signal), { message: 'gone' }, 'nor is anything begun for who has left'
  )
  t.ok(await hasRight(cache, 0, load))
})

t.test('so many are read at once, and each object has its turn', async (t) => {
  const cache = new ChunkCache({ maxBytes: 20 * CHUNK_BYTES, reads: 2 })
  let reading = 0
  let most = 0
  const order: string[] = []
  const named = (name: string): Load => async (part, sink, signal) => {
    most = Math.max(most, ++reading)
    order.push(name)
    await sleep(2)
    await load(part, sink, signal)
    reading--
  }
  const many = Array.from({ length: 10 }, (_, i) => cache.get(a, i, 1, named('greedy'), forEver))
  await Promise.all([...many, cache.get(b, 0, 1, named('modest'), forEver)])
  t.equal(most, 2)
  t.ok(order.indexOf('modest') < 6, 'who asks for little does not wait for who asks for much')
})
