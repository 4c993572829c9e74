import { createHash } from 'node:crypto'
import t from 'tap'
import { give } from '../../../src/objects/byte-sink.js'
import type { PartReads } from '../../../src/objects/part-reads.js'
import { Delivery } from '../../../src/delivery/delivery.js'
import { PieceDigests } from '../../../src/torrent/piece-digests.js'
import { SeededTorrent, WrongPiece } from '../../../src/swarm/seeder/seeded-torrent.js'
import { contentAt } from '../../support/content.js'

const NEVER = new AbortController().signal
const MIB = 1024 * 1024
const SIZE = 5 * MIB + 777
const CONTENT = contentAt(1, 0, SIZE)

/** A torrent of an origin that gives `of(offset)`, and what was read. */
function seeded (pieceLength: number, of: () => Buffer): { torrent: SeededTorrent, reads: Array<string | undefined> } {
  const reads: Array<string | undefined> = []
  const origin: PartReads = {
    open: async (_object, _requester, _version, part) => {
      reads.push(`${part.first}-${part.last}`)
      return {
        part, pour: async (sink) => { await give(sink, of().subarray(part.first, part.last + 1)) }, close: () => {}
      }
    }
  }
  const delivery = new Delivery({ origin, cacheBytes: 16 * MIB, total: 0, perClient: 0 })
  const pieces = Array.from(
    { length: Math.ceil(SIZE / pieceLength) },
    (_, i) => createHash('sha1').update(CONTENT.subarray(i * pieceLength, (i + 1) * pieceLength)).digest()
  )
  const content = { object: { bucket: 'media', key: 'film.bin' }, etag: '"1"', size: SIZE }
  return {
    reads,
    torrent: new SeededTorrent({
      content,
      everybody: { keyPair: undefined, requestPayer: false },
      delivery,
      info: Buffer.from('de'),
      digests: PieceDigests.of(Buffer.concat(pieces)),
      pieceLength
    })
  }
}

t.test('blocks of pieces that are smaller than a chunk, as long, and longer', async (t) => {
  for (const pieceLength of [16_384, MIB, 2 * MIB, 4 * MIB]) {
    const { torrent, reads } = seeded(pieceLength, () => CONTENT)
    t.equal(torrent.pieces, Math.ceil(SIZE / pieceLength))
    for (const index of new Set([0, 1, Math.floor(torrent.pieces / 2), torrent.pieces - 1])) {
      const length = torrent.lengthOf(index)
      for (const [offset, bytes] of [
        [0, 1],
        [0, length],
        [1, length - 1],
        [length - 1, 1],
        [Math.floor(length / 3), 701],
        [Math.max(0, length - MIB - 3), Math.min(length, MIB + 3)]
      ] as const) {
        const begin = index * pieceLength + offset
        const block = await torrent.block(index, offset, Math.min(bytes, length - offset), NEVER)
        t.ok(
          block.equals(CONTENT.subarray(begin, begin + Math.min(bytes, length - offset))),
          `${pieceLength}: ${bytes} bytes from ${offset} of piece ${index}`
        )
      }
    }
    t.equal(new Set(reads).size, reads.length, 'no chunk is read twice')
    t.same(
      [torrent.lengthOf(torrent.pieces), torrent.lengthOf(-1), torrent.lengthOf(torrent.pieces - 1)],
      [0, 0, (SIZE - 1) % pieceLength + 1]
    )
  }
})

t.test('a wrong piece does not leave, and is read anew when it is asked for again', async (t) => {
  const wrong = Buffer.from(CONTENT)
  wrong[3 * MIB + 5]! ^= 1
  let given: Buffer = wrong
  const { torrent, reads } = seeded(2 * MIB, () => given)
  t.ok(await torrent.block(0, 0, 100, NEVER), 'other pieces do')
  await t.rejects(torrent.block(1, 0, 100, NEVER), WrongPiece)
  await t.rejects(Promise.all([torrent.block(1, 0, 100, NEVER), torrent.block(1, 100, 100, NEVER)]), WrongPiece)
  given = CONTENT
  t.ok(
    (await torrent.block(1, MIB, 100, NEVER)).equals(CONTENT.subarray(3 * MIB, 3 * MIB + 100)),
    'the origin has come to its senses'
  )
  t.equal(reads.length, 2 + 3 * 2)
})
