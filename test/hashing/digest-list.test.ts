import t from 'tap'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import type { DigestRun } from '../../src/torrent/piece-digests.js'
import { DIGEST_BYTES } from '../../src/torrent/sha1.js'
import { DigestList } from '../../src/hashing/digest-list.js'
import { contentAt } from '../support/content.js'

/** What the digests of pieces `from` to `to`, `to` not included, are here. */
const digests = (from: number, to: number): PieceDigests =>
  PieceDigests.of(contentAt(1, from * DIGEST_BYTES, (to - from) * DIGEST_BYTES), 1)
const run = (from: number, to: number): DigestRun => ({ firstPiece: from, digests: digests(from, to) })

t.test('an even and an uneven number of pieces, and one: set one by one, in order', async (t) => {
  for (const pieces of [1, 2, 7]) {
    const list = new DigestList(pieces, 1)
    for (let piece = 0; piece < pieces; piece++) {
      t.same([list.contiguous, list.complete], [piece, false])
      t.same(list.missing(), [{ firstPiece: piece, pieces: pieces - piece }])
      list.set(run(piece, piece + 1))
    }
    t.same([list.pieces, list.contiguous, list.complete, list.missing()], [pieces, pieces, true, []])
    t.same(list.slice(0, pieces), digests(0, pieces))
  }
})

t.test('set in any order', async (t) => {
  const list = new DigestList(10, 1)
  list.set(run(4, 6))
  t.same([list.contiguous, list.complete], [0, false])
  t.same(list.missing(), [{ firstPiece: 0, pieces: 4 }, { firstPiece: 6, pieces: 4 }])
  list.set(run(9, 10))
  t.same(list.missing(), [{ firstPiece: 0, pieces: 4 }, { firstPiece: 6, pieces: 3 }], 'the last one too')
  list.set(run(0, 1))
  t.equal(list.contiguous, 1)
  t.same(list.missing(), [{ firstPiece: 1, pieces: 3 }, { firstPiece: 6, pieces: 3 }])
  list.set(run(1, 4))
  t.equal(list.contiguous, 6, 'what was there already counts')
  list.set(run(6, 9))
  t.same([list.contiguous, list.complete, list.missing()], [10, true, []])
  t.same(list.slice(0, 10), digests(0, 10))
  t.same(list.slice(3, 7), digests(3, 7))
  t.equal(list.slice(3, 3).pieces, 0)
})

t.test('set twice counts once', async (t) => {
  const list = new DigestList(3, 1)
  list.set(run(0, 2))
  list.set(run(1, 2))
  t.same([list.contiguous, list.complete], [2, false])
  list.set(run(1, 3))
  t.same([list.contiguous, list.complete], [3, true])
})

t.test('how many there are of a segment, from its first on', async (t) => {
  const list = new DigestList(8, 1)
  list.set(run(2, 4))
  list.set(run(5, 6))
  t.equal(list.countFrom({ firstPiece: 2, pieces: 2 }), 2, 'all of them')
  t.equal(list.countFrom({ firstPiece: 2, pieces: 1 }), 1, 'no more than it has')
  t.equal(list.countFrom({ firstPiece: 2, pieces: 4 }), 2, 'not those behind a gap')
  t.equal(list.countFrom({ firstPiece: 1, pieces: 4 }), 0, 'nor without the first')
  t.equal(list.countFrom({ firstPiece: 5, pieces: 3 }), 1)
  t.equal(list.countFrom({ firstPiece: 7, pieces: 1 }), 0)
})

t.test('digests that cannot be: none is taken', async (t) => {
  const list = new DigestList(3, 1)
  t.throws(() => list.set(run(3, 4)), RangeError, 'behind the last piece')
  t.throws(() => list.set(run(2, 4)), RangeError, 'over the last piece')
  t.same(list.missing(), [{ firstPiece: 0, pieces: 3 }])
  list.set(run(2, 3))
  t.same(list.missing(), [{ firstPiece: 0, pieces: 2 }], 'the last piece can be')
})
