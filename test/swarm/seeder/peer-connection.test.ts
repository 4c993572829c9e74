import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import type { Delivery } from '../../../src/delivery/delivery.js'
import { Bandwidth } from '../../../src/delivery/bandwidth.js'
import { PeerConnection } from '../../../src/swarm/seeder/peer-connection.js'
import { PieceDigests } from '../../../src/torrent/piece-digests.js'
import { SeededTorrent } from '../../../src/swarm/seeder/seeded-torrent.js'
import { UploadSlots } from '../../../src/swarm/seeder/upload-slots.js'

const HANDSHAKE = Buffer.concat(
  [Buffer.from('\x13BitTorrent protocol'), Buffer.from('0000000000100005', 'hex'), Buffer.alloc(40)]
)
const CONTENT = Buffer.from('x')
const KEEP_ALIVE_MS = 55_000
const SILENCE_MS = 150_000

/** Both ends of a connection, for a torrent of one byte that is read by `read`. */
async function connected (
  t: Test, read: () => Promise<Buffer> = () => Promise.reject(new Error('nothing is read'))
): Promise<{
  socket: Socket
  peer: PeerConnection
  counts: Delivery['counts']
}> {
  const counts = { read: 0, webSeed: 0, seeder: 0 }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [accepted] = await once(server, 'connection') as [Socket]
  const slots = new UploadSlots(1)
  const torrent = new SeededTorrent({
    content: { object: { bucket: 'media', key: 'film.bin' }, etag: '"1"', size: 1 },
    everybody: { keyPair: undefined, requestPayer: false },
    delivery: { chunk: async () => ({ bytes: await read(), release: () => {} }), forget: () => {} },
    info: Buffer.from('de'),
    digests: PieceDigests.of(createHash('sha1').update(CONTENT).digest()),
    pieceLength: 16_384
  })
  const peer = new PeerConnection(accepted, {
    open: async () => torrent,
    failed: () => { t.fail() },
    slots,
    delivery: { bandwidth: new Bandwidth({ total: 0, perClient: 0 }), counts },
    peerId: Buffer.alloc(20)
  })
  t.teardown(() => {
    peer.close()
    socket.destroy()
    slots.close()
    server.close()
  })
  return { socket, peer, counts }
}

t.test('our own keep-alives do not hold a peer that is silent', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.teardown(() => { mock.timers.reset() })
  const { socket, peer } = await connected(t)
  let received = 0
  socket.on('data', (bytes: Buffer) => { received += bytes.length })
  socket.write(HANDSHAKE)
  await once(socket, 'data')
  for (let ms = 0; ms + KEEP_ALIVE_MS < SILENCE_MS; ms += KEEP_ALIVE_MS) {
    const before = received
    mock.timers.tick(KEEP_ALIVE_MS)
    await once(socket, 'data')
    t.ok(received > before, 'a keep-alive')
    t.notOk(peer.closed.aborted)
  }
  mock.timers.tick(KEEP_ALIVE_MS)
  t.ok(peer.closed.aborted)
  await once(socket, 'close')
})

t.test('a request that is cancelled while it is read, and made again, is answered', async (t) => {
  const origin = new EventEmitter()
  const answered = once(origin, 'answers')
  const { socket, counts } = await connected(t, async () => {
    origin.emit('asked')
    await answered
    return CONTENT
  })
  const chunks: Buffer[] = []
  socket.on('data', (bytes: Buffer) => { chunks.push(bytes) })
  const received = async (message: string): Promise<void> => {
    const limit = AbortSignal.timeout(5_000)
    while (!Buffer.concat(chunks).toString('hex').includes(message)) await turn(undefined, { signal: limit })
  }
  const BLOCK = '000000000000000000000001' // piece 0, from byte 0, one byte
  socket.write(Buffer.concat([HANDSHAKE, Buffer.from('0000000102', 'hex')]))
  await received('0000000101')
  const request = Buffer.from(`0000000d06${BLOCK}`, 'hex')
  const asked = once(origin, 'asked', { signal: AbortSignal.timeout(5_000) })
  socket.write(request)
  await asked
  socket.write(Buffer.concat([Buffer.from(`0000000d08${BLOCK}`, 'hex'), request]))
  await received(`0000000d10${BLOCK}`)
  origin.emit('answers')
  await received('0000000a07000000000000000078')
  await turn()
  t.equal(Buffer.concat(chunks).toString('hex').split('0000000a07').length, 2, 'one rejection, one block')
  t.equal(counts.seeder, 1, 'bytes count once they were sent: not those of the request that was cancelled')
})
