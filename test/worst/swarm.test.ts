import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { clientAddress } from '../../src/net/client-address.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import type { PublicTorrent } from '../../src/swarm/public-torrents.js'
import { PeerConnection } from '../../src/swarm/seeder/peer-connection.js'
import { SeededTorrent } from '../../src/swarm/seeder/seeded-torrent.js'
import { UploadSlots } from '../../src/swarm/seeder/upload-slots.js'
import { HttpTracker } from '../../src/swarm/tracker/http/listener.js'
import { MemorySwarmStore } from '../../src/peers/memory/memory-swarm-store.js'
import { Tracker } from '../../src/swarm/tracker/tracker.js'
import { UdpTracker } from '../../src/swarm/tracker/udp/listener.js'
import { Bandwidth } from '../../src/delivery/bandwidth.js'
import type { Delivery } from '../../src/delivery/delivery.js'
import { Pins } from '../../src/delivery/pins.js'
import { freePort } from '../support/free-port.js'
import { extended, handshake, message } from '../support/wire-peer.js'
import { fillings } from './fillings.js'
import { ProcessorTime } from './processor-time.js'
import { RawClient } from './raw-client.js'
import { bytesOf } from './raw-request.js'
import { seededFile } from '../support/seeded-file.js'

const HTTP_ROOM = 7_500
const UDP_BYTES = 65_507
const INFO_HASH = Buffer.alloc(20, 1)

/** A tracker of one torrent, over HTTP and UDP. */
async function tracking (t: Test): Promise<number> {
  const object = { bucket: 'media', key: 'film' }
  const torrent: PublicTorrent = {
    object,
    identity: {
      origin: 'here', ...object, etag: '"1"', size: 2 ** 30, pieceLength: 2 ** 18, metaVersion: 1, xAmzInfo: false
    }
  }
  const swarms = new MemorySwarmStore({ silence: 60 })
  const tracker = new Tracker({
    torrents: { find: async (infoHash) => infoHash.hex === INFO_HASH.toString('hex') ? torrent : undefined },
    seeder: undefined,
    swarms,
    interval: 30
  })
  const log = {
    error: (facts: object, what: string) => t.fail(what, facts),
    warn: (facts: object, what: string) => t.fail(what, facts)
  }
  const connections = { perNetwork: 0, isProxy: () => false }
  const listeners = [
    new HttpTracker({
      tracker, clientAddress: clientAddress(['127.0.0.0/8', '10.0.0.0/8']), connections, requestsPerNetwork: 0, log
    }),
    new UdpTracker({ tracker, log })
  ]
  const port = await freePort()
  for (const listener of listeners) await listener.listen('127.0.0.1', port)
  t.teardown(async () => {
    for (const listener of listeners) listener.close()
    await swarms.close()
  })
  return port
}

t.test('the tracker over HTTP', async (t) => {
  const client = new RawClient(await tracking(t))
  t.teardown(() => client.close())
  const sending = (path: string, query: readonly string[], ...headers: Array<readonly [string, string]>) => {
    const bytes = bytesOf({ path, query, headers: [['host', 'x'], ...headers] })
    return () => client.send(bytes)
  }
  const CLOSE = ['connection', 'close'] as const // what is behind a head with a body would be one
  const ID = '%01'.repeat(20)
  const REQUESTS = {
    '/announce': [`info_hash=${ID}`, `peer_id=${ID}`, 'port=1000', 'left=0', 'numwant=50'],
    '/scrape': [`info_hash=${ID}`]
  }
  const PARAMETERS = [
    'info_hash', 'peer_id', 'port', 'uploaded', 'downloaded', 'left', 'event', 'numwant', 'compact', 'ip', 'key',
    'trackerid', '%69nfo_hash'
  ]
  for (const [path, query] of Object.entries(REQUESTS)) {
    const plain = sending(path, query, ['x-padding', 'a'.repeat(HTTP_ROOM)])
    t.equal(await plain(), 200)
    const time = await ProcessorTime.of(plain)
    for (const name of PARAMETERS) {
      const others = query.filter((part) => !part.startsWith(`${name}=`))
      for (const filling of fillings()) {
        await time.measure(`?${name}=${filling.name}`, sending(
          path, [...others, `${name}=${filling.of(HTTP_ROOM).replaceAll(' ', '%20')}`]
        ))
      }
      for (const part of [name, `${name}=`, `${name}=1`, `${name}=${ID}`]) {
        await time.measure(`?${part}&${part}`, sending(
          path, [...others, ...Array.from({ length: HTTP_ROOM / (part.length + 1) }, () => part)]
        ))
      }
      await time.measure(`?${name}1&${name}2`, sending(
        path, [...query, ...Array.from({ length: HTTP_ROOM / (name.length + 6) }, (_, i) => `${name}${i}=`)]
      ))
    }
    for (const name of [
      'x-forwarded-for', 'connection', 'host', 'content-length', 'transfer-encoding', 'expect', 'a'
    ]) {
      for (const filling of fillings()) {
        await time.measure(`${name}: ${filling.name}`, sending(path, query, [name, filling.of(HTTP_ROOM)], CLOSE))
      }
      await time.measure(`${name}: again and again`, sending(
        path, query, ...Array.from({ length: HTTP_ROOM / name.length }, () => [name, ''] as const), CLOSE
      ))
    }
    time.assert(t, path)
  }
})

t.test('the tracker over UDP', async (t) => {
  const port = await tracking(t)
  const socket = createSocket('udp4')
  t.teardown(() => { socket.close() })
  const asked = async (packet: Buffer): Promise<Buffer> => {
    const answer = once(socket, 'message', { signal: AbortSignal.timeout(10_000) })
    socket.send(packet, port, '127.0.0.1')
    return (await answer as [Buffer])[0]
  }
  const connectionId = (await asked(Buffer.from('000004172710198000000000000000ff', 'hex'))).subarray(8)
  /** An announce is answered in any case: one ends whatever is measured. */
  const ANNOUNCE = Buffer.concat([
    connectionId,
    Buffer.from('0000000100000001', 'hex'),
    INFO_HASH,
    Buffer.alloc(20),
    Buffer.alloc(32),
    Buffer.from('00000000ffffffff03e8', 'hex')
  ])
  const sending = (packet: Buffer) => async () => {
    socket.send(packet, port, '127.0.0.1')
    while ((await asked(ANNOUNCE)).readUInt32BE(0) !== 1);
  }
  const long = (action: number, filling: Buffer): Buffer => Buffer.concat(
    [connectionId, Buffer.from([0, 0, 0, action, 0, 0, 0, 2]), filling], UDP_BYTES
  )
  const time = await ProcessorTime.of(sending(long(1, ANNOUNCE.subarray(16))))
  for (const action of [0, 1, 2, 3, 255]) {
    for (const byte of [0, 1, 2, 0xFF]) {
      await time.measure(`action ${action}, ${byte}`, sending(long(action, Buffer.alloc(UDP_BYTES, byte))))
    }
    await time.measure(`action ${action}, other hashes`, sending(
      long(action, Buffer.concat(
        Array.from({ length: 3_275 }, (_, i) => createHash('sha1').update(String(i)).digest())
      ))
    ))
  }
  time.assert(t, 'packets')
})

/** What is sent at once; a message may have as much. */
const WIRE_BYTES = 64 * 1024 - 200
const PIECES = 10_000
const PIECE_BYTES = 16_384
const TREE = { length: PIECES * PIECE_BYTES, pieceLayer: Buffer.alloc(32 * PIECES) }

/** Our end of a connection with a peer that is unchoked and has said `first`; nothing is ever read of the object. */
async function connected (port: number, accepted: () => Promise<Socket>, first: Buffer): Promise<Socket> {
  const peer = connect(port, '127.0.0.1').resume()
  const socket = await accepted()
  const slots = new UploadSlots(1)
  const torrent = new SeededTorrent({
    ...seededFile({ object: { bucket: 'media', key: 'film' }, etag: '"1"', size: PIECES * PIECE_BYTES }, PIECE_BYTES),
    delivery: { chunk: () => new Promise(() => {}) } as Partial<Delivery> as Delivery,
    info: Buffer.alloc(20 * PIECES),
    digests: PieceDigests.of(Buffer.alloc(20 * PIECES), 1),
    version2: { infoHash: INFO_HASH, trees: { pieceLength: PIECE_BYTES, treeOf: () => TREE } }
  })
  const connection = new PeerConnection(socket, {
    open: async () => torrent,
    failed: () => {},
    slots,
    delivery: {
      bandwidth: new Bandwidth({ total: 0, perClient: 0 }),
      counts: { read: 0, webSeed: 0, seeder: 0 },
      pins: new Pins(1)
    },
    peerId: Buffer.alloc(20)
  })
  socket.once('close', () => {
    peer.destroy()
    slots.close()
  })
  connection.closed.addEventListener('abort', () => socket.destroy())
  socket.emit('data', Buffer.concat([handshake('00'.repeat(20)), message(2)]))
  await once(peer, 'data')
  socket.emit('data', first)
  await turn()
  return socket
}

const many = (make: (i: number) => Buffer, bytes = WIRE_BYTES): Buffer => {
  const all: Buffer[] = []
  for (let room = bytes, i = 0; ; i++) {
    const next = make(i)
    room -= next.length
    if (room < 0) return Buffer.concat(all)
    all.push(next)
  }
}

t.test('the seeder', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const { port } = server.address() as AddressInfo
  let last: Socket | undefined
  const preparing = (first: Buffer) => async (): Promise<Socket> => {
    last?.destroy()
    last = await connected(port, async () => (await once(server, 'connection') as [Socket])[0], first)
    return last
  }
  t.teardown(() => { last?.destroy() })
  const receiving = (bytes: Buffer) => async (socket: Socket): Promise<void> => {
    socket.emit('data', bytes)
    await turn()
  }
  const nothing = preparing(Buffer.alloc(0))

  await t.test('as many messages as fit', async (t) => {
    // Who downloads asks. What it has is passed over, and costs next to nothing.
    const time = await ProcessorTime.of(receiving(many((i) => message(6, i % PIECES, 0, PIECE_BYTES))), nothing)
    const MESSAGES: Record<string, Buffer> = {
      'what it has': many((i) => message(4, i % PIECES)),
      'requests of one block': many(() => message(6, 1, 0, PIECE_BYTES)),
      'what it has far apart': many((i) => message(4, i * 100)),
      'keep-alives': Buffer.alloc(WIRE_BYTES),
      'interested and not': many((i) => message(2 + i % 2)),
      suggestions: many((i) => message(13, i)),
      'allowed fast': many((i) => message(17, i)),
      rejections: many((i) => message(16, i, 0, PIECE_BYTES)),
      unknown: many(() => message(99)),
      'empty extended': many(() => extended(1, '')),
      'requests of metadata': many((i) => extended(1, `d8:msg_typei0e5:piecei${i % 13}ee`)),
      'hash requests': many((i) => message(21, INFO_HASH, Buffer.alloc(12), 0, i % 19 * 512, 512, 13)),
      'hash requests of nothing': many((i) => message(21, INFO_HASH, Buffer.alloc(12), i, i, i, i)),
      handshakes: many(() => extended(0, 'd1:md11:ut_metadatai1eee')),
      bitfields: many(() => message(5, Buffer.from([0xFF])))
    }
    for (const [name, bytes] of Object.entries(MESSAGES)) await time.measure(name, receiving(bytes), nothing)
    const requested = preparing(many((i) => message(6, i % PIECES, 0, PIECE_BYTES)))
    const requestedOnce = preparing(many(() => message(6, 1, 0, PIECE_BYTES)))
    const requests = Math.floor(WIRE_BYTES / 17)
    for (const [name, number] of Object.entries({
      'in their order': (i: number) => i,
      'from behind': (i: number) => requests - 1 - i % requests,
      'of the last': () => requests - 1,
      'of none': () => PIECES - 1
    })) {
      await time.measure(`cancels ${name}`, receiving(many((i) => message(8, number(i), 0, PIECE_BYTES))), requested)
      await time.measure(
        `cancels ${name} and requests`,
        receiving(many((i) => message(i % 2 === 0 ? 8 : 6, number(i), 0, PIECE_BYTES))),
        requested
      )
    }
    await time.measure('cancels of one block', receiving(many(() => message(8, 1, 0, PIECE_BYTES))), requestedOnce)
    time.assert(t, 'messages')
  })

  await t.test('one as long as may be', async (t) => {
    const dictionary = (entry: (i: number) => string): string =>
      `d1:md${many((i) => Buffer.from(entry(i)), WIRE_BYTES - 20).toString()}ee`
    const time = await ProcessorTime.of(receiving(extended(0, dictionary((i) => `9:ut_x${10_000 + i}i1e`))), nothing)
    const filled = (text: string): string => text.repeat((WIRE_BYTES - 20) / text.length)
    const TEXTS = {
      lists: filled('l'),
      'lists in m': `d1:m${filled('l')}`,
      'dictionaries in each other': `d1:m${filled('d1:a')}`,
      'empty strings': `d1:ml${filled('0:')}ee`,
      'empty names': dictionary(() => '0:0:'),
      'one name': dictionary(() => '11:ut_metadatai1e'),
      'names of the same length': dictionary(() => '11:ut_metadatb0:'),
      'an integer': `d1:mi${filled('1')}e`,
      'integers without an end': `d1:ml${filled('i')}`,
      'a length': `d${filled('9')}`,
      'leading zeros': dictionary(() => '000001:ai1e'),
      colons: filled(':'),
      ends: filled('e')
    }
    for (const [name, text] of Object.entries(TEXTS)) {
      await time.measure(`handshake: ${name}`, receiving(extended(0, text)), nothing)
      await time.measure(`metadata: ${name}`, receiving(extended(1, text)), nothing)
    }
    for (const id of [0, 2, 4, 5, 6, 7, 8, 9, 13, 14, 16, 17, 21]) {
      await time.measure(`message ${id}`, receiving(message(id, Buffer.alloc(WIRE_BYTES - 6, 0xFF))), nothing)
    }
    time.assert(t, 'messages')
  })
})
