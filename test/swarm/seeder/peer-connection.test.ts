import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import type { Delivery } from '../../../src/delivery/delivery.js'
import { Bandwidth } from '../../../src/delivery/bandwidth.js'
import { Pins } from '../../../src/delivery/pins.js'
import { PeerConnection } from '../../../src/swarm/seeder/peer-connection.js'
import { PieceDigests } from '../../../src/torrent/piece-digests.js'
import { SeededTorrent } from '../../../src/swarm/seeder/seeded-torrent.js'
import { UploadSlots } from '../../../src/swarm/seeder/upload-slots.js'
import { contentAt } from '../../support/content.js'
import { ID, WirePeer, handshake, message } from '../../support/wire-peer.js'
import { seededFile } from '../../support/seeded-file.js'

const HANDSHAKE = handshake('00'.repeat(20))
const CONTENT = contentAt(1, 0, 1024 * 1024)
const PIECE = 16_384
const KEEP_ALIVE_MS = 55_000
const SILENCE_MS = 150_000

/** Both ends of a connection, for a torrent of 1 MiB whose one chunk is read by `read`; what it holds. */
async function connected (
  t: Test, { read = async () => CONTENT, pins = 1 }: { read?: () => Promise<Buffer>, pins?: number } = {}
): Promise<{
  peer: WirePeer
  connection: PeerConnection
  counts: Delivery['counts']
  held: () => number
  slots: UploadSlots
  pinned: () => boolean
}> {
  const counts = { read: 0, webSeed: 0, seeder: 0 }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const [peer, [accepted]] = await Promise.all([
    WirePeer.open(t, (server.address() as AddressInfo).port), once(server, 'connection') as Promise<[Socket]>
  ])
  const slots = new UploadSlots(1)
  const digests = Array.from(
    { length: CONTENT.length / PIECE },
    (_, i) => createHash('sha1').update(CONTENT.subarray(i * PIECE, (i + 1) * PIECE)).digest()
  )
  let held = 0
  const torrent = new SeededTorrent({
    ...seededFile({ object: { bucket: 'media', key: 'film.bin' }, etag: '"1"', size: CONTENT.length }, PIECE),
    delivery: {
      chunk: async () => {
        const bytes = await read()
        held++
        return { bytes, release: () => { held-- } }
      },
      forget: () => {}
    },
    info: Buffer.from('de'),
    digests: PieceDigests.of(Buffer.concat(digests), 1)
  })
  const some = new Pins(pins)
  const connection = new PeerConnection(accepted, {
    open: async () => torrent,
    failed: (_, error) => { t.fail('a block could not be read', { error }) },
    slots,
    delivery: { bandwidth: new Bandwidth({ total: 0, perClient: 0 }), counts, pins: some },
    peerId: Buffer.alloc(20)
  })
  t.teardown(() => {
    connection.close()
    slots.close()
    server.close()
  })
  const pinned = (): boolean => {
    const isFree = some.take()
    if (isFree) some.release()
    return !isFree
  }
  return { peer, connection, counts, held: () => held, slots, pinned }
}

t.test('our own keep-alives do not hold a peer that is silent', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.teardown(() => { mock.timers.reset() })
  const { peer, connection } = await connected(t)
  peer.write(HANDSHAKE)
  await peer.next(ID.haveAll)
  for (let ms = 0; ms + KEEP_ALIVE_MS < SILENCE_MS; ms += KEEP_ALIVE_MS) {
    const before = peer.received
    mock.timers.tick(KEEP_ALIVE_MS)
    await peer.until(() => peer.received > before || undefined)
    t.equal(peer.received, before + 4, 'a keep-alive')
    t.notOk(connection.closed.aborted)
  }
  mock.timers.tick(KEEP_ALIVE_MS)
  t.ok(connection.closed.aborted)
  await peer.closed
})

t.test('a request that is cancelled while it is read, and made again, is answered', async (t) => {
  const origin = new EventEmitter()
  const answered = once(origin, 'answers')
  const { peer, counts, held } = await connected(t, {
    read: async () => {
      origin.emit('asked')
      await answered
      return CONTENT
    }
  })
  peer.write(HANDSHAKE)
  await peer.unchoked()
  const block = { index: 3, offset: 5, length: 7 }
  const asked = once(origin, 'asked', { signal: AbortSignal.timeout(5_000) })
  peer.request(block)
  await asked
  peer.write(Buffer.concat([message(ID.cancel, 3, 5, 7), message(ID.request, 3, 5, 7)]))
  t.same(await peer.next(ID.reject), message(ID.reject, 3, 5, 7).subarray(5))
  origin.emit('answers')
  t.same((await peer.next(ID.piece)).subarray(8), CONTENT.subarray(3 * PIECE + 5, 3 * PIECE + 12))
  t.same(peer.messages.filter(({ id }) => id === ID.piece || id === ID.reject), [], 'one rejection, one block')
  t.equal(counts.seeder, 7, 'bytes count once they were sent: not those of the request that was cancelled')
  t.equal(held(), 0)
})

t.test('a peer that is choked while its block is read', async (t) => {
  for (const reserved of ['0000000000100004', '0000000000100000']) {
    const origin = new EventEmitter()
    const answered = once(origin, 'answers')
    const { peer, counts, held } = await connected(t, {
      read: async () => {
        await answered
        return CONTENT
      }
    })
    peer.write(handshake('00'.repeat(20), reserved))
    await peer.unchoked()
    for (const index of [1, 2, 1]) peer.request({ index, offset: 0, length: 1 })
    peer.send(ID.notInterested)
    await peer.next(ID.choke)
    origin.emit('answers')
    await peer.unchoked()
    peer.messages.splice(0, peer.messages.length, ...peer.messages.filter(({ id }) => id !== ID.extended))
    await peer.block({ index: 5, offset: 0, length: 1 })
    const rejected = peer.messages.filter(({ id }) => id === ID.reject).map(({ payload }) => payload.readUInt32BE())
    t.same(rejected, reserved.endsWith('4') ? [1, 2, 1] : [], 'with the fast extension all of them are rejected, once')
    t.equal(peer.messages.some(({ id }) => id === ID.piece), false, 'and nothing of them is sent')
    t.equal(counts.seeder, 1)
    t.equal(held(), 0)
  }
})

t.test('many requests at once, with a pin and without', async (t) => {
  for (const pins of [1, 0]) {
    const { peer, counts, held, pinned } = await connected(t, { pins })
    peer.write(HANDSHAKE)
    await peer.unchoked()
    const blocks = Array.from({ length: 500 }, (_, i) => ({ index: i * 7 % 64, offset: i, length: PIECE - 2 * i }))
    peer.write(Buffer.concat(
      blocks.map(({ index, offset, length }) => message(ID.request, index, offset, length))
    ))
    for (const { index, offset, length } of blocks) {
      const piece = await peer.next(ID.piece)
      const begin = index * PIECE + offset
      if (piece.readUInt32BE(0) !== index || piece.readUInt32BE(4) !== offset) t.fail('in order')
      if (!piece.subarray(8).equals(CONTENT.subarray(begin, begin + length))) t.fail(`other bytes of piece ${index}`)
    }
    t.equal(counts.seeder, blocks.reduce((sum, { length }) => sum + length, 0))
    await turn()
    t.equal(held(), 0)
    t.equal(pinned(), pins === 0)
  }
})

t.test('a peer that does not read holds one chunk with a pin, and none without or once it is closed', async (t) => {
  for (const pins of [1, 0]) {
    const { peer, connection, counts, held, pinned } = await connected(t, { pins })
    peer.write(HANDSHAKE)
    await peer.unchoked()
    peer.pause()
    peer.write(Buffer.concat(Array.from({ length: 1_999 }, (_, i) => message(ID.request, i % 64, 0, PIECE))))
    const limit = AbortSignal.timeout(10_000)
    for (let sent = -1, turns = 0; turns < 1_000; turns++) { // it stands still
      await turn(undefined, { signal: limit })
      if (sent !== counts.seeder) turns = 0
      sent = counts.seeder
    }
    t.ok(counts.seeder > 0 && counts.seeder < 1_999 * PIECE)
    t.equal(held(), pins)
    connection.close()
    for (let turns = 0; held() > 0 || pinned() !== (pins === 0); turns++) {
      if (turns > 1_000) t.fail('it is still held')
      await turn(undefined, { signal: limit })
    }
    t.equal(held(), 0)
  }
})

t.test('who has everything is sent away', async (t) => {
  const all = Buffer.alloc(8, 0xFF)
  const missing = Buffer.from('ffffffffffffff7f', 'hex')
  for (const reserved of ['0000000000100004', '0000000000000000']) {
    const { peer } = await connected(t)
    peer.write(Buffer.concat([handshake('00'.repeat(20), reserved), message(ID.bitfield, missing)]))
    await peer.unchoked()
    peer.send(ID.bitfield, all)
    await peer.closed
  }
  const { peer } = await connected(t)
  peer.write(HANDSHAKE)
  await peer.unchoked()
  peer.send(ID.haveAll)
  await peer.closed
  t.pass('by a bitfield, or in a word')
  const another = await connected(t)
  another.peer.write(Buffer.concat([HANDSHAKE, message(ID.interested), message(ID.haveAll), message(ID.interested)]))
  await another.peer.closed
  let isFree = false
  another.slots.request({ unchoke: () => { isFree = true }, choke: () => {} })
  t.ok(isFree, 'and has no slot anymore')
})
