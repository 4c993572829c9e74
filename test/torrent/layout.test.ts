import t from 'tap'
import { layoutOf, singleLayout } from '../../src/torrent/layout.js'
import type { Layout, LayoutOptions } from '../../src/torrent/layout.js'

const PIECE = 16_384
const V1: LayoutOptions = { pieceLength: PIECE, metaVersion: 1, mayPartBefore: () => false }

const lay = (sizes: readonly number[], options: Partial<LayoutOptions> = {}): Layout => layoutOf(
  sizes.map((length, i) => ({ path: [String(i)], length })), { ...V1, ...options }
)
const offsets = ({ files }: Layout): number[] => files.map(({ offset }) => offset)

t.test('a file of a piece or more begins at a piece, smaller ones are packed', async (t) => {
  const layout = lay([PIECE, 1, 2, PIECE + 1, 3])
  t.strictSame(offsets(layout), [0, PIECE, PIECE + 1, 2 * PIECE, 4 * PIECE])
  t.strictSame(layout.groups, [
    { firstFile: 0, files: 1, size: PIECE, firstPiece: 0, padding: 0 },
    { firstFile: 1, files: 2, size: 3, firstPiece: 1, padding: PIECE - 3 },
    { firstFile: 3, files: 1, size: PIECE + 1, firstPiece: 2, padding: PIECE - 1 },
    { firstFile: 4, files: 1, size: 3, firstPiece: 4, padding: 0 }
  ])
  t.equal(layout.size, 4 * PIECE + 3, 'behind the last file there is no pad')
})

t.test('with a version 2 each file begins at a piece', async (t) => {
  const hybrid = lay([1, 0, 2], { metaVersion: 'hybrid' })
  t.strictSame([offsets(hybrid), hybrid.size], [[0, PIECE, PIECE], 2 * PIECE])
  t.strictSame(hybrid.groups.map(({ padding }) => padding), [PIECE - 1, PIECE - 2], 'the last one is padded too')
  t.equal(lay([5], { metaVersion: 'hybrid' }).size, 5, 'but not one alone')
  const v2 = lay([1, 0, 2], { metaVersion: 2 })
  t.strictSame([offsets(v2), v2.size], [[0, 1, PIECE], PIECE + 2])
  t.strictSame(v2.groups.map(({ padding }) => padding), [0, 0], 'it has no pads')
})

t.test('empty files have no group', async (t) => {
  t.strictSame(lay([0, 0]).groups, [])
  t.equal(lay([0, 0]).size, 0)
  t.strictSame(singleLayout('a', 0).groups, [])
  t.strictSame(lay([1, 0, 2]).groups, [{ firstFile: 0, files: 3, size: 3, firstPiece: 0, padding: 0 }])
})

t.test('a pack ends where a file says so, not before it has eight pieces, and at 64 anyway', async (t) => {
  const sizes = Array.from({ length: 400 }, () => PIECE / 2)
  const packs = (mayPartBefore: (file: number) => boolean): number[] =>
    lay(sizes, { mayPartBefore }).groups.map(({ files }) => files)
  t.strictSame(packs(() => true), Array.from({ length: 25 }, () => 16))
  t.strictSame(packs(() => false), [128, 128, 128, 16])
  t.strictSame(packs((file) => file === 20 || file === 30), [20, 128, 128, 124])
})
