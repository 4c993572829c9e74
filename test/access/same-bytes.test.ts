import t from 'tap'
import { SameBytes } from '../../src/access/same-bytes.js'
import { MemoryStore } from '../../src/store/memory/memory-store.js'
import type { Identity } from '../../src/torrent/identity.js'

const version = (etag: string, more: Partial<Identity> = {}): Identity => ({
  origin: 'here', bucket: 'b', key: 'k', etag: `"${etag}"`, size: 40_000, pieceLength: 16_384, format: 'v1', ...more
})
const INFO_HASH = Buffer.alloc(20, 9)

t.test('two versions have the same bytes where both are hashed, whole, and alike', async (t) => {
  const store = new MemoryStore({ maxBytes: 2 ** 20 })
  const same = new SameBytes(store)
  await store.finish(version('1'), Buffer.alloc(60, 1), INFO_HASH)
  t.ok(same.are(version('1'), version('1')))
  t.notOk(same.are(version('1'), version('2')), 'which nobody has hashed')
  store.keep(version('2'), { firstPiece: 0, digests: Buffer.alloc(40, 1) })
  t.notOk(same.are(version('1'), version('2')), 'or in part alone')
  await store.finish(version('2'), Buffer.alloc(60, 1), INFO_HASH)
  t.ok(same.are(version('1'), version('2')))
  t.ok(same.are(version('2'), version('1')))
  const other = Buffer.alloc(60, 1)
  other[59] = 2
  await store.finish(version('3'), other, INFO_HASH)
  t.notOk(same.are(version('1'), version('3')))
  await store.finish(version('4', { size: 40_001 }), Buffer.alloc(60, 1), INFO_HASH)
  t.notOk(same.are(version('1'), version('4', { size: 40_001 })), 'of another size')
  await store.finish(version('5', { pieceLength: 32_768 }), Buffer.alloc(40, 1), INFO_HASH)
  t.notOk(same.are(version('1'), version('5', { pieceLength: 32_768 })), 'cut otherwise')
})

t.test('an answer is kept, the store is not asked again', async (t) => {
  const store = new MemoryStore({ maxBytes: 2 ** 20 })
  let asked = 0
  const same = new SameBytes({ find: (identity) => { asked++; return store.find(identity) } })
  for (const etag of ['1', '2']) await store.finish(version(etag), Buffer.alloc(60, 1), INFO_HASH)
  for (let i = 0; i < 5; i++) t.ok(same.are(version('1'), version('2')))
  t.equal(asked, 2)
})
