import { createHash } from 'node:crypto'
import t from 'tap'
import { Bandwidth } from '../../../src/delivery/bandwidth.js'
import { HashReplies } from '../../../src/swarm/seeder/hash-replies.js'
import type { PeerOutput } from '../../../src/swarm/seeder/peer-output.js'
import { TorrentHashes } from '../../../src/swarm/seeder/torrent-hashes.js'
import type { HashTrees } from '../../../src/torrent/hash-trees.js'
import { rootOf, zeroHash } from '../../../src/torrent/merkle.js'
import { contentAt } from '../../support/content.js'
import { version2Torrent } from '../../support/version2.js'
import { ID, message } from '../../support/wire-peer.js'

const NEVER = new AbortController().signal
const PIECE = 32_768
/** Of 5 pieces and a byte, so of 6, in pieces of two blocks. */
const FILE = version2Torrent(contentAt(7, 0, 5 * PIECE + 1), { pieceLength: PIECE })
const node = (i: number): Buffer => FILE.pieceLayer.subarray(32 * i, 32 * i + 32)
const both = (left: Buffer, right: Buffer): Buffer => createHash('sha256').update(left).update(right).digest()

type Numbers = readonly [height: number, index: number, length: number, proofLayers: number]

const payload = (numbers: Numbers, root: Buffer = FILE.piecesRoot): Buffer =>
  message(ID.hashRequest, root, ...numbers).subarray(5)

function replies (trees: HashTrees, send: PeerOutput['send'], perClient = 0): HashReplies {
  return new HashReplies({
    hashes: new TorrentHashes({ infoHash: Buffer.alloc(20), trees }),
    address: '127.0.0.1',
    output: { send },
    bandwidth: new Bandwidth({ total: 0, perClient })
  })
}

/** What a peer is sent that has sent these payloads. */
async function answers (trees: HashTrees, ...payloads: readonly Buffer[]): Promise<Buffer[]> {
  const sent: Buffer[] = []
  const some = replies(trees, (bytes) => { sent.push(bytes) })
  for (const each of payloads) if (!some.receive(each)) throw new Error('it is a request')
  while (await some.send(NEVER));
  return sent
}

t.test('the piece layer, and its proof', async (t) => {
  const right = rootOf(FILE.pieceLayer.subarray(4 * 32), 1, 4)
  const left = rootOf(FILE.pieceLayer.subarray(0, 4 * 32), 1)
  t.same(both(left, right), FILE.piecesRoot)
  for (const [numbers, ...hashes] of [
    [[1, 0, 8, 0], FILE.pieceLayer, zeroHash(1), zeroHash(1)],
    [[1, 0, 8, 2], FILE.pieceLayer, zeroHash(1), zeroHash(1)],
    [[1, 0, 6, 2], FILE.pieceLayer],
    [[1, 0, 4, 2], FILE.pieceLayer.subarray(0, 4 * 32), right],
    [[1, 4, 4, 2], node(4), node(5), zeroHash(1), zeroHash(1), left],
    [[1, 4, 2, 2], node(4), node(5), zeroHash(2), left],
    [[1, 2, 2, 1], node(2), node(3), both(node(0), node(1))],
    [[1, 2, 2, 0], node(2), node(3)],
    [[1, 5, 1, 0], node(5), node(4)],
    [[2, 0, 2, 1], both(node(0), node(1)), both(node(2), node(3)), right],
    [[3, 0, 2, 0], left, right]
  ] as const satisfies ReadonlyArray<readonly [Numbers, ...Buffer[]]>) {
    const asked = payload(numbers)
    t.same(await answers(FILE.trees, asked), [message(ID.hashes, asked, ...hashes)], numbers.join())
  }
})

t.test('in their order, what there is and what there is not', async (t) => {
  const there = payload([1, 0, 2, 0])
  const notThere = payload([1, 0, 2, 3])
  t.same(await answers(FILE.trees, there, notThere, there), [
    message(ID.hashes, there, FILE.pieceLayer.subarray(0, 64)),
    message(ID.hashReject, notThere),
    message(ID.hashes, there, FILE.pieceLayer.subarray(0, 64))
  ])
})

t.test('T14: what nobody can be given is rejected, with the numbers that were sent', async (t) => {
  for (const numbers of [
    [0, 0, 2, 0], [0, 0, 2, 3], [4, 0, 2, 0], [4, 0, 1, 0], [200, 0, 2, 0], [2 ** 31, 0, 2, 0],
    [2 ** 32 - 1, 0, 2, 0], [1, 1, 2, 0], [1, 8, 2, 0], [1, 2 ** 32 - 2, 2, 0], [1, 2 ** 32 - 1, 2 ** 32 - 1, 0],
    [1, 0, 0, 0], [1, 0, 3, 0], [1, 0, 16, 0], [1, 0, 2 ** 31, 0], [1, 0, 2 ** 32 - 1, 0], [1, 0, 2, 2 ** 31],
    [1, 0, 2, 2 ** 32 - 1]
  ] as const) {
    t.same(await answers(FILE.trees, payload(numbers)), [message(ID.hashReject, payload(numbers))], numbers.join())
  }
  const unknown = payload([1, 0, 2, 0], Buffer.alloc(32, 1))
  t.same(await answers(FILE.trees, unknown), [message(ID.hashReject, unknown)], 'no file has this root')
})

t.test('a file of one piece has no hashes but its root', async (t) => {
  for (const size of [1, 16_384, PIECE]) {
    const small = version2Torrent(contentAt(8, 0, size), { pieceLength: PIECE })
    for (const numbers of [[0, 0, 2, 0], [1, 0, 1, 0], [1, 0, 2, 0], [0, 0, 1, 0]] as const) {
      const asked = payload(numbers, small.piecesRoot)
      t.same(await answers(small.trees, asked), [message(ID.hashReject, asked)], `${size} bytes, ${numbers.join()}`)
    }
  }
})

t.test('blocks have hashes where they are pieces', async (t) => {
  const blocks = version2Torrent(contentAt(9, 0, 3 * 16_384), { pieceLength: 16_384 })
  const asked = payload([0, 0, 4, 1], blocks.piecesRoot)
  t.same(
    await answers(blocks.trees, asked), [message(ID.hashes, asked, blocks.pieceLayer, Buffer.alloc(32))],
    'a leaf that is missing is zeros'
  )
})

t.test('a payload of another length is no request', async (t) => {
  const some = replies(FILE.trees, () => { t.fail('it has no answer') })
  const right = payload([1, 0, 2, 0])
  const longer = Buffer.concat([right, Buffer.alloc(1)])
  for (const bytes of [Buffer.alloc(0), right.subarray(1), longer, Buffer.alloc(65_535)]) {
    t.equal(some.receive(bytes), false, `${bytes.length} bytes`)
  }
  t.equal(some.waiting, 0)
  t.equal(await some.send(NEVER), false)
})

t.test('a request is kept as it came, whatever becomes of the bytes it was read from', async (t) => {
  const sent: Buffer[] = []
  const some = replies(FILE.trees, (bytes) => { sent.push(bytes) })
  const bytes = payload([1, 0, 2, 0])
  some.receive(bytes)
  bytes.fill(0xFF)
  await some.send(NEVER)
  t.same(sent, [message(ID.hashes, payload([1, 0, 2, 0]), FILE.pieceLayer.subarray(0, 64))])
})

t.test('T14: what is above a piece layer is made once', async (t) => {
  const layer = Buffer.concat(Array.from({ length: 5_000 }, (_, i) => createHash('sha256').update(`${i}`).digest()))
  const root = rootOf(layer, 0)
  const trees = { pieceLength: 16_384, treeOf: () => ({ length: 5_000 * 16_384, pieceLayer: layer }) }
  const asked = payload([0, 512, 512, 12], root)
  const sent: Buffer[] = []
  const some = replies(trees, (bytes) => { sent.push(bytes) })
  some.receive(asked)
  some.receive(asked)
  await some.send(NEVER)
  layer.fill(0, 0, 512 * 32) // an uncle of what is asked for: it would be another one now
  await some.send(NEVER)
  t.equal(sent.length, 2)
  t.same(sent[0], sent[1])
  t.equal(sent[0]?.length, 5 + 48 + 32 * (512 + 4))
})

t.test('the bandwidth is asked for what leaves, and nothing is made for a peer that is gone', async (t) => {
  const sent: Buffer[] = []
  const some = replies(FILE.trees, (bytes) => { sent.push(bytes) }, 1)
  for (const numbers of [[1, 0, 2, 3], [1, 0, 8, 0]] as const) some.receive(payload(numbers))
  const going = new AbortController()
  await some.send(going.signal)
  t.equal(sent.length, 1, 'a rejection has no hashes')
  const sending = some.send(going.signal)
  going.abort(new Error('the peer is gone'))
  await t.rejects(sending, { cause: new Error('the peer is gone') })
  await t.rejects(some.send(going.signal), new Error('the peer is gone'))
  t.equal(sent.length, 1)
})
