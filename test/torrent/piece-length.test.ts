import t from 'tap'
import { MAX_PIECE_LENGTH, autoPieceLength } from '../../src/torrent/piece-length.js'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

t.test('auto: 1,024 to 2,048 pieces from 16 MiB to 16 GiB', async (t) => {
  for (let size = 16 * MIB; size <= 16 * GIB; size *= 2) {
    for (const near of [size - 1, size, size + 1]) {
      const pieces = Math.ceil(near / autoPieceLength(near))
      t.ok(pieces >= 1024 && pieces <= 2048, `${near}: ${pieces} pieces`)
    }
  }
})

t.test('auto: never outside 16 KiB to 16 MiB', async (t) => {
  t.equal(autoPieceLength(0), 16 * KIB)
  t.equal(autoPieceLength(32 * MIB), 16 * KIB)
  t.equal(autoPieceLength(32 * MIB + 1), 32 * KIB)
  t.equal(autoPieceLength(4 * GIB), 2 * MIB)
  t.equal(autoPieceLength(5 * GIB - 1), 4 * MIB)
  t.equal(autoPieceLength(2 ** 45), MAX_PIECE_LENGTH)
})
