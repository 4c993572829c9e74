import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { Bandwidth } from '../../../src/delivery/bandwidth.js'
import { Pins } from '../../../src/delivery/pins.js'
import { PeerConnection } from '../../../src/swarm/seeder/peer-connection.js'
import { UploadSlots } from '../../../src/swarm/seeder/upload-slots.js'
import type { FileTree } from '../../../src/torrent/hash-trees.js'
import { contentAt } from '../../support/content.js'
import { seededVersion2 } from '../../support/seeded-version2.js'
import { version2Torrent } from '../../support/version2.js'
import type { Version2Torrent } from '../../support/version2.js'
import { ID, WirePeer, handshake, message } from '../../support/wire-peer.js'

const PIECE = 16_384
/** Of 1,024 pieces, so a peer may ask for 512 hashes at once. */
const CONTENT = contentAt(5, 0, 1_024 * PIECE)
const FILE = version2Torrent(CONTENT, { pieceLength: PIECE })
const INFO_HASH = FILE.infoHash1.toString('hex')
const INFO_HASH_2 = FILE.infoHash2.toString('hex', 0, 20)
const PLAIN = '0000000000100004'
const VERSION_2 = '0000000000100014'

type Numbers = readonly [height: number, index: number, length: number, proofLayers: number]

const request = (numbers: Numbers, root: Buffer = FILE.piecesRoot): Buffer => message(ID.hashRequest, root, ...numbers)
const ASKED = request([0, 512, 512, 9])
const ANSWER = message(ID.hashes, ASKED.subarray(5), FILE.pieceLayer.subarray(512 * 32), firstHalf()).subarray(5)

/** The one uncle of the second half. */
function firstHalf (): Buffer {
  return version2Torrent(CONTENT.subarray(0, 512 * PIECE), { pieceLength: PIECE }).piecesRoot
}

/** A peer that has said its handshake, and our end of it. */
async function connected (
  t: Test, { file = FILE, version2 = true, infoHash = INFO_HASH, reserved = PLAIN, bandwidth = 0 }: {
    file?: Version2Torrent, version2?: boolean, infoHash?: string, reserved?: string, bandwidth?: number
  } = {}
): Promise<{ peer: WirePeer, connection: PeerConnection, accepted: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const [peer, [accepted]] = await Promise.all([
    WirePeer.open(t, (server.address() as AddressInfo).port), once(server, 'connection') as Promise<[Socket]>
  ])
  const slots = new UploadSlots(1)
  const torrent = seededVersion2(file, CONTENT, { version2 })
  const connection = new PeerConnection(accepted, {
    open: async () => torrent,
    failed: (_, error) => { t.fail('it failed', { error }) },
    slots,
    delivery: {
      bandwidth: new Bandwidth({ total: bandwidth, perClient: 0 }),
      counts: { read: 0, webSeed: 0, seeder: 0 },
      pins: new Pins(1)
    },
    peerId: Buffer.alloc(20)
  })
  t.teardown(() => {
    connection.close()
    slots.close()
    server.close()
  })
  peer.write(handshake(infoHash, reserved))
  await peer.until(() => peer.greeting)
  return { peer, connection, accepted }
}

/** What a peer is greeted with: the reserved bytes, and the info hash. */
const greeted = ({ greeting = Buffer.alloc(0) }: WirePeer): string[] =>
  [greeting.toString('hex', 20, 28), greeting.toString('hex', 28, 48)]

t.test('the handshake says version 2 where the torrent has it, and moves peers to it who know it', async (t) => {
  for (const [name, options, reserved, infoHash] of [
    ['a peer of version 1', {}, VERSION_2, INFO_HASH],
    ['a peer of both', { reserved: VERSION_2 }, VERSION_2, INFO_HASH_2],
    ['a peer of version 2', { infoHash: INFO_HASH_2 }, VERSION_2, INFO_HASH_2],
    ['one that says so', { infoHash: INFO_HASH_2, reserved: VERSION_2 }, VERSION_2, INFO_HASH_2],
    ['a torrent of version 1', { version2: false }, PLAIN, INFO_HASH],
    ['that, and a peer of both', { version2: false, reserved: VERSION_2 }, PLAIN, INFO_HASH]
  ] as const) {
    const { peer } = await connected(t, options)
    t.same(greeted(peer), [reserved, infoHash], name)
    await peer.next(ID.haveAll)
  }
})

t.test('hashes for a peer that is choked, whichever bits it has set', async (t) => {
  for (const reserved of [PLAIN, VERSION_2, '0000000000000000']) {
    const { peer } = await connected(t, { reserved })
    peer.write(Buffer.concat([ASKED, request([0, 0, 3, 0])]))
    t.same(await peer.next(ID.hashes), ANSWER)
    t.same(await peer.next(ID.hashReject), request([0, 0, 3, 0]).subarray(5))
  }
})

t.test('between hashes a peer has its blocks', async (t) => {
  const { peer } = await connected(t)
  await peer.unchoked()
  peer.write(Buffer.concat([ASKED, message(ID.request, 700, 5, 7), ASKED]))
  t.same((await peer.next(ID.piece)).subarray(8), CONTENT.subarray(700 * PIECE + 5, 700 * PIECE + 12))
  t.same(await peer.next(ID.hashes), ANSWER)
  t.same(await peer.next(ID.hashes), ANSWER)
})

t.test('T14: who sends a request of another length is sent away', async (t) => {
  for (const bytes of [
    message(ID.hashRequest), message(ID.hashRequest, FILE.piecesRoot, 0, 0, 2),
    message(ID.hashRequest, Buffer.alloc(49)), message(ID.hashRequest, Buffer.alloc(60_000))
  ]) {
    const { peer } = await connected(t)
    peer.write(bytes)
    await peer.closed
  }
  t.pass('all of them')
})

t.test('a torrent of version 1 has no answer, whatever the length', async (t) => {
  const { peer } = await connected(t, { version2: false })
  peer.write(Buffer.concat([ASKED, message(ID.hashRequest), message(ID.hashRequest, Buffer.alloc(60_000))]))
  await peer.unchoked()
  await peer.block({ index: 3, offset: 0, length: 1 })
  t.notOk(peer.messages.some(({ id }) => id === ID.hashes || id === ID.hashReject))
})

t.test('hashes and rejections that come from a peer mean nothing', async (t) => {
  const { peer } = await connected(t)
  peer.write(Buffer.concat([
    message(ID.hashes), message(ID.hashes, Buffer.alloc(5_000)), message(ID.hashReject), request([0, 0, 2, 0])
  ]))
  await peer.next(ID.hashes)
  t.pass('it is still served')
})

t.test('T14: ten thousand requests at once, all of them answered in their order', async (t) => {
  const { peer } = await connected(t)
  const many = 10_000
  peer.write(Buffer.concat(Array.from({ length: many }, (_, i) => request([0, i % 3 === 0 ? 2 * (i % 512) : 1, 2, 0]))))
  let wrong = 0
  for (let i = 0; i < many; i++) {
    const answer = await peer.next(i % 3 === 0 ? ID.hashes : ID.hashReject)
    if (answer.readUInt32BE(36) !== (i % 3 === 0 ? 2 * (i % 512) : 1)) wrong++
  }
  t.equal(wrong, 0)
  t.same(peer.messages.filter(({ id }) => id === ID.hashes || id === ID.hashReject), [])
})

t.test('T14: ten thousand requests that nobody reads the answers of cost a bound', async (t) => {
  let made = 0
  const treeOf = (root: Buffer): FileTree | undefined => {
    made++
    return FILE.trees.treeOf(root)
  }
  const file = { ...FILE, trees: { pieceLength: PIECE, treeOf } }
  const { peer, connection, accepted } = await connected(t, { file })
  peer.pause()
  peer.write(Buffer.concat(Array.from({ length: 10_000 }, () => ASKED)))
  const limit = AbortSignal.timeout(10_000)
  for (let before = -1, turns = 0; turns < 1_000; turns++) { // it stands still
    await turn(undefined, { signal: limit })
    if (before !== made) turns = 0
    before = made
  }
  t.ok(made > 0 && made < 2_000, `${made} answers were made`)
  t.ok(accepted.writableLength < 128 * 1024, `${accepted.writableLength} bytes wait for the peer`)
  t.ok(accepted.isPaused(), 'and it is not read')
  t.notOk(connection.closed.aborted)
  peer.resume()
  t.same(await peer.next(ID.hashes), ANSWER, 'it goes on where the peer reads')
})

t.test('T14: no more is read of a peer whose hashes wait for the bandwidth', async (t) => {
  const { peer, accepted } = await connected(t, { bandwidth: 1 })
  peer.write(Buffer.concat(Array.from({ length: 20_000 }, () => ASKED)))
  const limit = AbortSignal.timeout(10_000)
  while (!accepted.isPaused()) await turn(undefined, { signal: limit })
  t.ok(accepted.bytesRead < 256 * 1024, `${accepted.bytesRead} bytes`)
  for (let turns = 0; turns < 1_000; turns++) await turn()
  t.ok(accepted.isPaused())
  t.notOk(peer.messages.some(({ id }) => id === ID.hashes))
})
