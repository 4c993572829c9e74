import t from 'tap'
import { PieceSpace } from '../../../src/swarm/seeder/piece-space.js'
import type { Span } from '../../../src/swarm/seeder/piece-space.js'
import { layoutOf } from '../../../src/torrent/layout.js'
import type { MetaVersion } from '../../../src/torrent/meta-version.js'

const PIECE = 16_384
const CHUNK = 1024 * 1024

function spaceOf (sizes: readonly number[], metaVersion: MetaVersion = 1, pieceLength = PIECE): PieceSpace {
  const layout = layoutOf(sizes.map((length, i) => ({ path: [`f${i}`], length })), {
    pieceLength, metaVersion, mayPartBefore: () => false
  })
  return new PieceSpace({
    layout,
    pieceLength,
    metaVersion,
    fileAt: (file) => ({
      content: { object: { bucket: 'b', key: `f${file}` }, etag: '"e"', size: sizes[file] ?? 0 },
      everybody: { keyPair: undefined, requestPayer: false }
    })
  })
}

const shown = (spans: readonly Span[]): Array<string | number> => spans.map((span) => 'zeros' in span
  ? span.zeros
  : `${span.chunk.content.object.key}/${span.chunk.index} ${span.begin}-${span.end}`)

t.test('a piece of packed files, with an empty one among them, and a pad', async (t) => {
  const space = spaceOf([10, 0, 20, PIECE, 5])
  t.equal(space.pieces, 3)
  t.strictSame([0, 1, 2, 3].map((index) => space.lengthOf(index)), [PIECE, PIECE, 5, 0])
  t.strictSame(shown(space.pieceAt(0)), ['f0/0 0-10', 'f2/0 0-20', PIECE - 30])
  t.strictSame(shown(space.pieceAt(1)), [`f3/0 0-${PIECE}`])
  t.strictSame(shown(space.pieceAt(2)), ['f4/0 0-5'])
  t.strictSame(shown(space.spansOf({ index: 0, offset: 5, length: 10 })), ['f0/0 5-10', 'f2/0 0-5'])
  t.strictSame(shown(space.spansOf({ index: 0, offset: 30, length: 16 })), [16], 'of a pad alone')
})

t.test('a piece across chunks', async (t) => {
  const space = spaceOf([3 * CHUNK + 7, 4], 1, 2 * CHUNK)
  t.strictSame(shown(space.pieceAt(0)), [`f0/0 0-${CHUNK}`, `f0/1 0-${CHUNK}`])
  t.strictSame(shown(space.pieceAt(1)), [`f0/2 0-${CHUNK}`, 'f0/3 0-7', CHUNK - 7])
  const ids = [0, 1, 2].flatMap((index) => space.pieceAt(index)).flatMap((span) => 'zeros' in span ? [] : span.chunk.id)
  t.strictSame(ids, [0, 1, 2, 3, 4], 'no two chunks have one id')
})

t.test('version 2: a piece has its whole length, and its file may be all of it', async (t) => {
  const space = spaceOf([1, PIECE + 1, PIECE], 2)
  t.strictSame([0, 1, 2, 3, 4].map((index) => space.lengthOf(index)), [PIECE, PIECE, PIECE, PIECE, 0])
  t.strictSame(shown(space.pieceAt(0)), ['f0/0 0-1', PIECE - 1])
  t.strictSame(shown(space.pieceAt(2)), [`f1/0 ${PIECE}-${PIECE + 1}`, PIECE - 1])
  t.strictSame([0, 1, 2, 3].map((index) => space.isWholeFile(index)), [true, false, false, true])
})
