import { createHash } from 'node:crypto'
import t from 'tap'
import { PieceHasher } from '../../src/hashing/piece-hasher.js'
import type { PieceHashing } from '../../src/hashing/piece-hasher.js'
import type { MetaVersion } from '../../src/torrent/meta-version.js'
import { leavesOf, pieceLayerOf } from '../../src/torrent/merkle.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { contentAt } from '../support/content.js'

const PIECE = 16 * 1024
const SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5]
const CHUNKS = [1, 7, 4096, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 10 * PIECE]

const hashing = (size: number, metaVersion: MetaVersion = 1): PieceHashing =>
  ({ first: 0, last: size - 1, pieceLength: PIECE, metaVersion })
const pieceDigestsOf = (content: Buffer, length: number): Buffer => Buffer.concat(Array.from(
  { length: Math.ceil(content.length / length) },
  (_, index) => createHash('sha1').update(content.subarray(index * length, (index + 1) * length)).digest()
))
const digestsOf = (content: Buffer): Buffer => pieceDigestsOf(content, PIECE)

for (const size of SIZES) {
  const content = contentAt(1, 0, size)
  const expected = digestsOf(content)

  t.test(`${size} bytes`, async (t) => {
    for (const chunk of CHUNKS) {
      const hasher = new PieceHasher(hashing(size))
      for (let at = 0; at < size; at += chunk) {
        if (hasher.missing !== size - at) t.equal(hasher.missing, size - at)
        hasher.update(content.subarray(at, at + chunk))
      }
      t.equal(hasher.missing, 0)
      t.equal(hasher.ready, Math.ceil(size / PIECE))
      t.same(Buffer.from(hasher.take()), expected, `in chunks of ${chunk}`)
      t.equal(hasher.ready, 0)
    }
  })

  t.test(`${size} bytes, taken while they come, in chunks of many sizes and of none`, async (t) => {
    const hasher = new PieceHasher(hashing(size))
    const taken: Uint8Array[] = []
    for (let at = 0, chunk = 0; at < size; at += chunk, chunk = (chunk * 31 + 17) % (PIECE + PIECE / 2)) {
      hasher.update(content.subarray(at, at + chunk))
      t.equal(
        hasher.ready,
        (hasher.missing === 0 ? Math.ceil(size / PIECE) : Math.floor((size - hasher.missing) / PIECE)) - Buffer.concat(
          taken
        ).length / 20
      )
      taken.push(hasher.take())
    }
    hasher.update(Buffer.alloc(0))
    t.same(Buffer.concat(taken), expected)
    t.equal(hasher.take().length, 0, 'none twice')
  })

  t.test(`${size} bytes and one more`, async (t) => {
    const hasher = new PieceHasher(hashing(size))
    t.throws(() => hasher.update(Buffer.alloc(size + 1)), RangeError)
    t.equal(hasher.missing, size, 'of which none was taken')
    hasher.update(content)
    t.throws(() => hasher.update(Buffer.alloc(1)), RangeError)
    t.same(Buffer.from(hasher.take()), expected, 'the right ones count')
  })
}

t.test('what is taken may be given away: it has a buffer of its own', async (t) => {
  const hasher = new PieceHasher(hashing(2 * PIECE))
  hasher.update(contentAt(1, 0, PIECE))
  const { buffer, byteLength } = hasher.take()
  t.equal(buffer.byteLength, byteLength)
  hasher.update(contentAt(1, PIECE, PIECE))
  t.same(Buffer.from(hasher.take()), digestsOf(contentAt(1, 0, 2 * PIECE)).subarray(20))
})

t.test('the bytes may change after they were taken', async (t) => {
  const hasher = new PieceHasher(hashing(PIECE))
  const buffer = Buffer.alloc(1024)
  for (let at = 0; at < PIECE; at += buffer.length) {
    contentAt(1, at, buffer.length).copy(buffer)
    hasher.update(buffer)
    buffer.fill(0)
  }
  t.same(Buffer.from(hasher.take()), digestsOf(contentAt(1, 0, PIECE)))
})

for (const pieceLength of [PIECE, 4 * PIECE]) {
  t.test(`version 2 and hybrids, in pieces of ${pieceLength}, whole and in segments`, async (t) => {
    for (const size of [1, PIECE, pieceLength - 1, pieceLength, pieceLength + 1, 3 * pieceLength + PIECE + 5]) {
      const content = contentAt(2, 0, size)
      const layer = pieceLayerOf(leavesOf(content), pieceLength)
      const sha1s = pieceDigestsOf(content, pieceLength)
      for (const from of [0, pieceLength].filter((from) => from < size)) {
        const hashed = (metaVersion: MetaVersion): PieceDigests => {
          const hasher = new PieceHasher({ first: from, last: size - 1, pieceLength, metaVersion })
          for (let at = from; at < size; at += 10_007) hasher.update(content.subarray(at, at + 10_007))
          return PieceDigests.of(hasher.take(), metaVersion)
        }
        const skipped = from / pieceLength
        t.same(hashed(2).nodes, layer.subarray(skipped * 32), `${size} bytes from ${from}`)
        t.same(hashed('hybrid').nodes, layer.subarray(skipped * 32))
        t.same(hashed('hybrid').sha1, sha1s.subarray(skipped * 20))
      }
    }
  })
}

t.test('BEP 47: zeros behind the last byte are in its SHA-1, and in no tree', async (t) => {
  const content = contentAt(3, 0, 5 * PIECE + 100)
  const padding = 3 * PIECE - 100
  const hasher = new PieceHasher({
    first: 0, last: content.length - 1, pieceLength: 4 * PIECE, metaVersion: 'hybrid', padding
  })
  hasher.update(content)
  const digests = PieceDigests.of(hasher.take(), 'hybrid')
  t.same(digests.sha1, pieceDigestsOf(Buffer.concat([content, Buffer.alloc(padding)]), 4 * PIECE))
  t.same(digests.nodes, pieceLayerOf(leavesOf(content), 4 * PIECE))
})
