import t from 'tap'
import { SameBytes } from '../../src/access/same-bytes.js'
import { MemoryStore } from '../../src/store/memory/memory-store.js'
import type { Identity } from '../../src/torrent/identity.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { infoHashFor } from '../store/conformance.js'

const version = (etag: string, more: Partial<Identity> = {}): Identity => ({
  origin: 'here',
  bucket: 'b',
  key: 'k',
  etag: `"${etag}"`,
  size: 40_000,
  pieceLength: 16_384,
  metaVersion: 1,
  xAmzInfo: false,
  ...more
})
const INFO_HASHES = [infoHashFor('same')]

/** Digests of so many pieces, all the same byte. */
const digests = (pieces: number, byte: number): PieceDigests => PieceDigests.of(Buffer.alloc(pieces * 20, byte), 1)

t.test('two versions have the same bytes where both are hashed, whole, and alike', async (t) => {
  const store = new MemoryStore({ maxBytes: 2 ** 20 })
  const same = new SameBytes(store)
  await store.finish(version('1'), digests(3, 1), INFO_HASHES)
  t.ok(await same.are(version('1'), version('1')))
  t.notOk(await same.are(version('1'), version('2')), 'which nobody has hashed')
  await store.put(version('2'), { firstPiece: 0, digests: digests(2, 1) })
  t.notOk(await same.are(version('1'), version('2')), 'or in part alone')
  await store.finish(version('2'), digests(3, 1), INFO_HASHES)
  t.ok(await same.are(version('1'), version('2')))
  t.ok(await same.are(version('2'), version('1')))
  const other = digests(3, 1)
  other.bytes[59] = 2
  await store.finish(version('3'), other, INFO_HASHES)
  t.notOk(await same.are(version('1'), version('3')))
  await store.finish(version('4', { size: 40_001 }), digests(3, 1), INFO_HASHES)
  t.notOk(await same.are(version('1'), version('4', { size: 40_001 })), 'of another size')
  await store.finish(version('5', { pieceLength: 32_768 }), digests(2, 1), INFO_HASHES)
  t.notOk(await same.are(version('1'), version('5', { pieceLength: 32_768 })), 'cut otherwise')
})

t.test('an answer is kept, the store is not asked again', async (t) => {
  const store = new MemoryStore({ maxBytes: 2 ** 20 })
  let asked = 0
  const same = new SameBytes({ get: (identity) => { asked++; return store.get(identity) } })
  for (const etag of ['1', '2']) await store.finish(version(etag), digests(3, 1), INFO_HASHES)
  for (let i = 0; i < 5; i++) t.ok(await same.are(version('1'), version('2')))
  t.equal(asked, 2)
})
