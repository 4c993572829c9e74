import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { give } from '../../../src/objects/byte-sink.js'
import type { PartReads } from '../../../src/objects/part-reads.js'
import type { Chunk } from '../../../src/delivery/chunk.js'
import { Delivery } from '../../../src/delivery/delivery.js'
import { PieceDigests } from '../../../src/torrent/piece-digests.js'
import type { BlockRequest } from '../../../src/swarm/seeder/block-requests.js'
import { SeededTorrent, WrongPiece } from '../../../src/swarm/seeder/seeded-torrent.js'
import type { SeededTorrentParts } from '../../../src/swarm/seeder/seeded-torrent.js'
import { contentAt } from '../../support/content.js'
import { seededFile } from '../../support/seeded-file.js'

const NEVER = new AbortController().signal
const MIB = 1024 * 1024
const SIZE = 5 * MIB + 777
const CONTENT = contentAt(1, 0, SIZE)

/** A torrent of an origin that gives `of()`, and what was read. */
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
  return { reads, torrent: torrentOf(pieceLength, delivery) }
}

function torrentOf (pieceLength: number, delivery: SeededTorrentParts['delivery']): SeededTorrent {
  const pieces = Array.from(
    { length: Math.ceil(SIZE / pieceLength) },
    (_, i) => createHash('sha1').update(CONTENT.subarray(i * pieceLength, (i + 1) * pieceLength)).digest()
  )
  return new SeededTorrent({
    ...seededFile({ object: { bucket: 'media', key: 'film.bin' }, etag: '"1"', size: SIZE }, pieceLength),
    delivery,
    info: Buffer.from('de'),
    digests: PieceDigests.of(Buffer.concat(pieces), 1)
  })
}

/** A copy of a block. */
async function blockOf (torrent: SeededTorrent, index: number, offset: number, length: number): Promise<Buffer> {
  const block = { index, offset, length }
  const held = await torrent.hold(block, NEVER)
  const copy = Buffer.concat(held.blockOf(block) ?? [])
  held.release()
  return copy
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
        const block = await blockOf(torrent, index, offset, Math.min(bytes, length - offset))
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
  t.ok(await blockOf(torrent, 0, 0, 100), 'other pieces do')
  await t.rejects(blockOf(torrent, 1, 0, 100), WrongPiece)
  await t.rejects(Promise.all([blockOf(torrent, 1, 0, 100), blockOf(torrent, 1, 100, 100)]), WrongPiece)
  given = CONTENT
  t.ok(
    (await blockOf(torrent, 1, MIB, 100)).equals(CONTENT.subarray(3 * MIB, 3 * MIB + 100)),
    'the origin has come to its senses'
  )
  t.equal(reads.length, 2 + 3 * 2)
})

t.test('other blocks of the same chunks', async (t) => {
  const isHeld = async (pieceLength: number, first: BlockRequest, second: BlockRequest): Promise<boolean> => {
    const held = await seeded(pieceLength, () => CONTENT).torrent.hold(first, NEVER)
    const views = held.blockOf(second)
    const begin = second.index * pieceLength + second.offset
    if (views) t.ok(Buffer.concat(views).equals(CONTENT.subarray(begin, begin + second.length)))
    held.release()
    return views !== undefined
  }
  const block = (index: number, offset: number, length = 100): BlockRequest => ({ index, offset, length })
  t.ok(await isHeld(16_384, block(70, 0), block(64, 0)), 'of other pieces too')
  t.notOk(await isHeld(16_384, block(70, 0), block(63, 0)))
  t.notOk(await isHeld(16_384, block(70, 0), block(128, 0)))
  t.ok(await isHeld(2 * MIB, block(1, 5), block(1, MIB - 100)))
  t.notOk(await isHeld(2 * MIB, block(1, 5), block(1, MIB - 99)), 'not in part')
  t.ok(await isHeld(2 * MIB, block(1, MIB - 1), block(1, 2 * MIB - 100)))
})

/** A delivery whose chunks say how often they are held. `evict` says which chunk is another one each time. */
function counted (evict: (index: number) => boolean, fails: () => boolean = () => false) {
  const chunks = new Map<number, Chunk>()
  const asked: number[] = []
  const counts = { held: 0 }
  const delivery = {
    chunk: async (_content: unknown, _requester: unknown, index: number): Promise<Chunk> => {
      asked.push(index)
      if (fails() && index % 2 === 1) throw new Error('cannot be read')
      const known = evict(index) ? undefined : chunks.get(index)
      const chunk = known ?? {
        bytes: CONTENT.subarray(index * MIB, (index + 1) * MIB), release: () => { counts.held-- }
      }
      chunks.set(index, chunk)
      counts.held++
      return chunk
    },
    forget: () => {}
  }
  return { delivery, asked, counts }
}

t.test('chunks are released once, whatever happens', async (t) => {
  let isBroken = false
  const { delivery, asked, counts } = counted(() => false, () => isBroken)
  const torrent = torrentOf(2 * MIB, delivery)
  const block = { index: 1, offset: MIB - 10, length: 20 }
  const [first, second] = await Promise.all([torrent.hold(block, NEVER), torrent.hold(block, NEVER)])
  t.equal(counts.held, 4, 'two chunks each')
  first.release()
  second.release()
  t.equal(counts.held, 0)
  isBroken = true
  await t.rejects(torrent.hold(block, NEVER), { message: 'cannot be read' })
  await t.rejects(torrent.hold({ index: 0, offset: 0, length: 5 }, NEVER), 'the rest of the piece cannot be read')
  torrent.readAhead(block, NEVER)
  await turn()
  t.equal(counts.held, 0)
  isBroken = false
  asked.length = 0
  const again = await torrent.hold({ ...block, length: 5 }, NEVER)
  t.same(asked, [2], 'it was checked: the chunk of the block is enough')
  torrent.readAhead(block, NEVER)
  again.release()
  await turn()
  t.equal(counts.held, 0)
})

t.test('a chunk that never stays in memory is checked with the others of its piece', async (t) => {
  const { delivery, asked, counts } = counted(() => true)
  const torrent = torrentOf(4 * MIB, delivery)
  const block = { index: 0, offset: 2 * MIB, length: 100 }
  const held = await Promise.all([torrent.hold(block, NEVER), torrent.hold(block, NEVER)])
  for (const each of held) {
    t.ok(Buffer.concat(each.blockOf(block) ?? []).equals(CONTENT.subarray(2 * MIB, 2 * MIB + 100)))
  }
  t.same(asked.filter((index) => index === 2), [2, 2], 'each is read once, and not until it is there for ever')
  for (const each of held) each.release()
  t.equal(counts.held, 0)
})
