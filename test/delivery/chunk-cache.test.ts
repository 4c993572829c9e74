import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ChunkCache } from '../../src/delivery/chunk-cache.js'

const forEver = new AbortController().signal
const chunk = (): Promise<Buffer> => Promise.resolve(Buffer.alloc(10))

t.test('a chunk is read once for all who ask for it', async (t) => {
  const cache = new ChunkCache({ maxBytes: 100, reads: 4 })
  let loads = 0
  const load = async (): Promise<Buffer> => {
    loads++
    await sleep(5)
    return Buffer.alloc(10, loads)
  }
  const together = await Promise.all([0, 1, 2].map(() => cache.get('a', 0, load, forEver)))
  t.equal(new Set(together).size, 1, 'one buffer')
  t.equal(await cache.get('a', 0, load, forEver), together[0])
  t.equal(cache.peek('a', 0), together[0])
  await cache.get('a', 1, load, forEver)
  await cache.get('b', 0, load, forEver)
  t.equal(loads, 3, 'another chunk, or another object, is another one')
})

t.test('what was used least recently goes first', async (t) => {
  const cache = new ChunkCache({ maxBytes: 30, reads: 4 })
  for (const index of [0, 1, 2]) await cache.get('a', index, chunk, forEver)
  cache.peek('a', 0)
  await cache.get('a', 3, chunk, forEver)
  t.same([0, 1, 2, 3].map((index) => cache.peek('a', index) !== undefined), [true, false, true, true])
})

t.test('what fails is not kept, and is tried again', async (t) => {
  const cache = new ChunkCache({ maxBytes: 30, reads: 1 })
  await t.rejects(Promise.all([0, 1].map(() => cache.get('a', 0, () => Promise.reject(new Error('down')), forEver))), {
    message: 'down'
  })
  t.equal((await cache.get('a', 0, chunk, forEver)).length, 10, 'its turn was given back')
})

t.test('who leaves stops a read that nobody else waits for, and no other', async (t) => {
  const cache = new ChunkCache({ maxBytes: 30, reads: 2 })
  const stopped: string[] = []
  const slowly = (name: string) => async (signal: AbortSignal): Promise<Buffer> => {
    await sleep(50, undefined, { signal }).catch(() => { stopped.push(name) })
    signal.throwIfAborted()
    return Buffer.alloc(10)
  }
  const [leaving, staying] = [new AbortController(), new AbortController()]
  const left = [cache.get('a', 0, slowly('alone'), leaving.signal), cache.get('a', 1, slowly('shared'), leaving.signal)]
  const stays = cache.get('a', 1, slowly('never'), staying.signal)
  leaving.abort(new Error('gone'))
  for (const promise of left) await t.rejects(promise, { message: 'gone' })
  t.equal((await stays).length, 10)
  t.same(stopped, ['alone'])
  await t.rejects(
    cache.get('a', 9, chunk, leaving.signal), { message: 'gone' }, 'nor is anything begun for who has left'
  )
})

t.test('so many are read at once, and each object has its turn', async (t) => {
  const cache = new ChunkCache({ maxBytes: 1000, reads: 2 })
  let reading = 0
  let most = 0
  const order: string[] = []
  const load = (name: string) => async (): Promise<Buffer> => {
    most = Math.max(most, ++reading)
    order.push(name)
    await sleep(2)
    reading--
    return Buffer.alloc(1)
  }
  const many = Array.from({ length: 20 }, (_, i) => cache.get('greedy', i, load('greedy'), forEver))
  await Promise.all([...many, cache.get('modest', 0, load('modest'), forEver)])
  t.equal(most, 2)
  t.ok(order.indexOf('modest') < 6, 'who asks for little does not wait for who asks for much')
})
