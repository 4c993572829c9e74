import t from 'tap'
import { CHUNK_BYTES } from '../../src/delivery/chunk.js'
import { ChunkMemory } from '../../src/delivery/chunk-memory.js'

t.test('memory that was given back is used again, and no more is made than may be', async (t) => {
  const kept: Buffer[] = []
  let evicted = 0
  const memory = new ChunkMemory(3 * CHUNK_BYTES, () => {
    const oldest = kept.shift()
    if (oldest === undefined) return false
    evicted++
    memory.giveBack(oldest)
    return true
  })
  const all = new Set<Buffer>()
  for (let i = 0; i < 10; i++) {
    const taken = memory.take(CHUNK_BYTES)
    all.add(taken)
    kept.push(taken)
  }
  t.equal(all.size, 3)
  t.equal(evicted, 7)
})

t.test('small memory makes room in the same way, and is not kept', async (t) => {
  const kept: Buffer[] = []
  const memory = new ChunkMemory(2 * CHUNK_BYTES, () => {
    const oldest = kept.shift()
    if (oldest !== undefined) memory.giveBack(oldest)
    return oldest !== undefined
  })
  kept.push(memory.take(CHUNK_BYTES), memory.take(CHUNK_BYTES))
  const small = memory.take(1000)
  t.equal(small.length, 1000)
  t.equal(kept.length, 1, 'a chunk had to go')
  memory.giveBack(small)
  const whole = memory.take(CHUNK_BYTES)
  t.equal(kept.length, 1, 'and there is room for one again')
  t.equal(whole.length, CHUNK_BYTES)
})

t.test('where everything is held there is more, as long as it is needed', async (t) => {
  const memory = new ChunkMemory(CHUNK_BYTES, () => false)
  const held = [1, 2, 3].map(() => memory.take(CHUNK_BYTES))
  t.equal(new Set(held).size, 3)
  for (const one of held) memory.giveBack(one)
  const [first, second] = [memory.take(CHUNK_BYTES), memory.take(CHUNK_BYTES)]
  t.ok(held.includes(first))
  t.notOk(held.includes(second), 'what was too much was not kept')
})
