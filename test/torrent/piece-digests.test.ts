import t from 'tap'
import { MalformedDigests, PieceDigests } from '../../src/torrent/piece-digests.js'
import { digestsFor } from '../store/conformance.js'

const PIECE = 16_384

t.test('pieces and bytes of digests, by the size of an object', async (t) => {
  for (const [size, pieces] of [
    [0, 0], [1, 1], [PIECE - 1, 1], [PIECE, 1], [PIECE + 1, 2], [10 * PIECE, 10], [5 * 2 ** 40, 5 * 2 ** 26]
  ] as const) {
    t.equal(PieceDigests.piecesOf({ size, pieceLength: PIECE }), pieces, `${size} bytes`)
    t.equal(PieceDigests.bytesOf({ size, pieceLength: PIECE, metaVersion: 1 }), 20 * pieces, `${size} bytes`)
  }
})

t.test('digests of some pieces', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 60 }, (_, i) => i))
  const digests = PieceDigests.of(bytes, 1)
  t.equal(digests.pieces, 3)
  t.strictSame(digests.at(1), bytes.subarray(20, 40))
  t.equal(digests.at(3).length, 0, 'there is no such piece')
  t.strictSame(digests.slice(1).bytes, bytes.subarray(20))
  t.strictSame(digests.slice(0, 2).bytes, bytes.subarray(0, 40))
  t.ok(digests.equals(PieceDigests.of(new Uint8Array(bytes), 1)), 'whatever class the bytes have')
  t.notOk(digests.equals(digests.slice(0, 2)))
  t.equal(PieceDigests.of(Buffer.alloc(0), 1).pieces, 0)
  for (const length of [1, 19, 21]) {
    t.throws(() => PieceDigests.of(Buffer.alloc(length), 1), { name: 'MalformedDigests', bytes: length })
  }
})

t.test('digests of all pieces', async (t) => {
  const cut = { size: 2 * PIECE + 1, pieceLength: PIECE, metaVersion: 1 } as const
  t.ok(PieceDigests.whole(digestsFor('key', 3).bytes, cut).isWhole(cut))
  t.notOk(digestsFor('key', 2).isWhole(cut))
  t.notOk(digestsFor('key', 4).isWhole(cut))
  for (const pieces of [0, 2, 4]) t.throws(() => PieceDigests.whole(Buffer.alloc(20 * pieces), cut), MalformedDigests)
})
