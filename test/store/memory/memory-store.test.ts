import t from 'tap'
import { MemoryStore } from '../../../src/store/memory/memory-store.js'
import { countOf, digestsFor, finished, identityFor, storeConformance } from '../conformance.js'

storeConformance(t, (t, { maxBytes }) => {
  const store = new MemoryStore({ maxBytes })
  t.teardown(() => store.close())
  return store
})

t.test('it ends with the process', async (t) => {
  const store = new MemoryStore({ maxBytes: 1 << 20 })
  const identity = await finished(store, 'key')
  await store.close()
  t.equal(await countOf(store, identity), 0)
})

t.test('it is bounded', async (t) => {
  const store = new MemoryStore({ maxBytes: 1 << 20 })
  for (let i = 0; i < 1000; i++) {
    await store.put(identityFor(`key-${i}`, 1000), { firstPiece: 0, digests: digestsFor(`${i}`, 500) })
  }
  const known: number[] = []
  for (let i = 0; i < 1000; i++) known.push(await countOf(store, identityFor(`key-${i}`, 1000)))
  t.ok(
    known.filter((count) => count > 0).length * 10_000 <= 1 << 20,
    `${known.filter((count) => count > 0).length} of 10,000 bytes each`
  )
  t.equal(known.at(-1), 1)
})
