import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { startServer } from '../support/server.js'
import { announce, endpointsOf } from '../support/tracker-client.js'
import {
  ACTION, EVENT, UdpTrackerClient, announcePacket, connectPacket, numbersOf, scrapePacket
} from '../support/udp-tracker-client.js'

const UNKNOWN = randomBytes(20).toString('hex')
const MAX_SCRAPED = 74

const buckets = t.testdir({ open: {} })
const [port, peerPort, otherPort, otherPeer] = [await freePort(), await freePort(), await freePort(), await freePort()]
const [server, other] = await Promise.all([
  startServer(t, { args: ['--origin', buckets, '--tracker-port', String(port), '--peer-port', String(peerPort)] }),
  startServer(t, {
    args: [
      '--origin', buckets, '--host', '::', '--trust-proxy', '127.0.0.0/8', '--tracker-port', String(otherPort),
      '--peer-port', String(otherPeer)
    ]
  })
])
const ownSeeder = `127.0.0.1:${peerPort}`

let made = 0
async function newTorrent (at = server): Promise<string> {
  const key = `new-${made++}`
  writeFileSync(join(buckets, 'open', key), randomBytes(1000))
  return (await parsed((await httpGet({ port: at.port, path: `/open/${key}?torrent` })).body)).infoHash
}

const client = await UdpTrackerClient.open(t, port)
const id = await client.connect()

interface Answer { action: number, interval: number, leechers: number, seeders: number, peers: string[] }
function announceAnswer (packet: Buffer, addressBytes: 4 | 16 = 4): Answer {
  const [interval = 0, leechers = 0, seeders = 0] = numbersOf(packet)
  return {
    action: packet.readUInt32BE(), interval, leechers, seeders, peers: endpointsOf(packet.subarray(20), addressBytes)
  }
}

t.test('connect', async (t) => {
  const packet = connectPacket()
  const answer = await client.ask(packet)
  t.same([answer.length, answer.readUInt32BE(), answer.readUInt32BE(4)], [16, ACTION.connect, packet.readUInt32BE(12)])
  t.not(id.toString('hex'), '0000041727101980', 'not the constant')
  const elsewhere = await UdpTrackerClient.open(t, port, { from: '127.0.0.5' })
  t.notSame(await elsewhere.connect(), id, 'another address, another id')
  const samePlace = await UdpTrackerClient.open(t, port)
  const infoHash = await newTorrent()
  t.equal(
    (await samePlace.ask(announcePacket(id, infoHash))).readUInt32BE(),
    ACTION.announce,
    'another port of the same address may use it (BEP 15)'
  )
})

t.test('a swarm, from the first peer to the last', async (t) => {
  const infoHash = await newTorrent()
  const elsewhere = await UdpTrackerClient.open(t, port, { from: '127.0.0.5' })
  const elsewhereId = await elsewhere.connect()
  const first = announceAnswer(
    await client.ask(announcePacket(id, infoHash, { event: EVENT.started, port: 1001, address: 0xC0000201 }))
  )
  t.same(first, { action: ACTION.announce, interval: 900, leechers: 1, seeders: 1, peers: [ownSeeder] })
  const second = announceAnswer(await elsewhere.ask(announcePacket(elsewhereId, infoHash, { port: 1005 })))
  t.same(
    second,
    { ...first, leechers: 2, peers: ['127.0.0.1:1001', ownSeeder] },
    'where the first is: where its packets come from, whatever it says'
  )
  t.same(
    (await announce({ port }, infoHash, { port: 1009 }, { from: '127.0.0.9' })).peers.sort(),
    ['127.0.0.1:1001', '127.0.0.5:1005', ownSeeder].sort(),
    'over HTTP it is the same swarm'
  )
  const completed = announceAnswer(
    await client.ask(announcePacket(id, infoHash, { event: EVENT.completed, left: 0n, port: 1001 }))
  )
  t.same([completed.seeders, completed.leechers], [2, 2])
  t.same(
    numbersOf(await client.ask(scrapePacket(id, UNKNOWN, infoHash, infoHash))),
    [0, 0, 0, 2, 1, 2, 2, 1, 2],
    'scrape: seeders, completed, leechers, in the order of the request; zeros for what is none'
  )
  for (const [numwant, count] of [[0, 0], [1, 1], [2, 2], [-1, 3], [-2147483648, 3], [2147483647, 3]] as const) {
    t.equal(
      announceAnswer(await elsewhere.ask(announcePacket(elsewhereId, infoHash, { port: 1005, numwant }))).peers.length,
      count,
      `numwant ${numwant}`
    )
  }
  t.same(announceAnswer(
    await client.ask(announcePacket(id, infoHash, { event: EVENT.stopped, left: 0n, port: 1001 }))
  ), {
    ...first, seeders: 1, leechers: 2, peers: []
  })
  const unusual = announcePacket(id, infoHash, { event: 77, left: 2n ** 64n - 1n, port: 65535 })
  t.equal(
    announceAnswer(await client.ask(Buffer.concat([unusual, Buffer.from('\x02\x09/announce')]))).leechers,
    3,
    'an unknown event, and options behind it (BEP 41)'
  )
  await client.ask(announcePacket(id, infoHash, { event: EVENT.stopped, port: 65535 }))
})

t.test('IPv6', async (t) => {
  const infoHash = await newTorrent(other)
  const [six, four] = [
    await UdpTrackerClient.open(t, otherPort, { host: '::1' }), await UdpTrackerClient.open(t, otherPort)
  ]
  const [sixId, fourId] = [await six.connect(), await four.connect()]
  await six.ask(announcePacket(sixId, infoHash, { port: 1006 }))
  const answer = announceAnswer(await six.ask(announcePacket(sixId, infoHash, { port: 1007 })), 16)
  t.same(
    answer,
    {
      action: ACTION.announce,
      interval: 900,
      leechers: 2,
      seeders: 1,
      peers: ['0:0:0:0:0:0:0:1:1006', `0:0:0:0:0:0:0:1:${otherPeer}`]
    },
    '18 bytes each'
  )
  t.same(
    announceAnswer(await four.ask(announcePacket(fourId, infoHash, { port: 1004 }))).peers,
    [`127.0.0.1:${otherPeer}`],
    'IPv4 on the same port: 6'
  )
})

t.test('an error', async (t) => {
  for (const [packet, reason] of [
    [announcePacket(id, UNKNOWN), 'This tracker has no such torrent.'],
    [announcePacket(id, await newTorrent(), { port: 0 }), 'port must be from 1 to 65535.']
  ] as const) {
    const answer = await client.ask(packet)
    t.same(
      [answer.readUInt32BE(), answer.readUInt32BE(4), answer.toString('latin1', 8)],
      [ACTION.error, packet.readUInt32BE(12), reason]
    )
  }
})

t.test('what gets no answer', async (t) => {
  const infoHash = await newTorrent()
  const quiet = await UdpTrackerClient.open(t, port)
  const flipped = (bit: number): Buffer => {
    const copy = Buffer.from(id)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    return copy
  }
  const elsewhere = await (await UdpTrackerClient.open(t, port, { from: '127.0.0.5' })).connect()
  const fromOther = await (await UdpTrackerClient.open(t, otherPort)).connect()
  const wrongIds = [
    ...Array.from({ length: 64 }, (_, bit) => flipped(bit)),
    Buffer.alloc(8),
    Buffer.from('0000041727101980', 'hex'),
    randomBytes(8),
    elsewhere,
    fromOther
  ]
  const shortened = (packet: Buffer): Buffer[] => Array.from(
    { length: packet.length }, (_, length) => packet.subarray(0, length)
  )
  const changed = (packet: Buffer, change: (packet: Buffer) => void): Buffer => {
    change(packet)
    return packet
  }
  const wrong = [
    ...wrongIds.flatMap((wrongId) => [announcePacket(wrongId, infoHash), scrapePacket(wrongId, infoHash)]),
    ...[announcePacket(id, infoHash), scrapePacket(id, infoHash), connectPacket()].flatMap(shortened),
    changed(connectPacket(), (packet) => { packet[0] = 1 }),
    ...[3, 4, 0xFFFFFFFF].map((action) => changed(announcePacket(id, infoHash), (packet) => {
      packet.writeUInt32BE(action, 8)
    }))
  ]
  // Not all at once: the kernel would drop some. Whatever they are answered comes before what is asked behind them.
  let answers = 0
  for (let i = 0; i < wrong.length; i += 50) {
    for (const packet of wrong.slice(i, i + 50)) quiet.send(packet)
    t.same(numbersOf(await quiet.ask(scrapePacket(id, infoHash))), [1, 0, 0], 'no peer has come in')
    answers++
  }
  t.equal(
    quiet.received.length,
    answers,
    'made-up connection ids, those of others and of another server, and everything that is too short'
  )
})

t.test('no answer is longer than a packet', async (t) => {
  const infoHash = await newTorrent()
  const hashes = Array.from({ length: 200 }, () => infoHash)
  t.equal(numbersOf(await client.ask(scrapePacket(id, ...hashes))).length, 3 * MAX_SCRAPED, '74 of 200')
  await Promise.all(
    Array.from({ length: 130 }, (_, i) => announce({ port }, infoHash, { port: 1000 + i }, { from: `127.0.${i}.5` }))
  )
  const { peers } = announceAnswer(await client.ask(announcePacket(id, infoHash, { numwant: 1000 })))
  t.same([peers.length, peers.at(-1)], [100, ownSeeder])
  const six = await newTorrent(other)
  await Promise.all(Array.from({ length: 100 }, (_, i) => announce({ port: otherPort }, six, { port: 1000 + i }, {
    headers: { 'x-forwarded-for': `2001:db8:${i}::1` }
  })))
  const sixClient = await UdpTrackerClient.open(t, otherPort, { host: '::1' })
  const answer = await sixClient.ask(announcePacket(await sixClient.connect(), six, { numwant: 100 }))
  t.ok(answer.length <= 1400, `${answer.length} bytes`)
  t.same(
    [announceAnswer(answer, 16).peers.length, announceAnswer(answer, 16).peers.at(-1)],
    [76, `0:0:0:0:0:0:0:1:${otherPeer}`],
    'the own seeder goes in first'
  )
})

t.test('nothing went wrong inside', async (t) => {
  for (const each of [server, other]) t.notMatch(each.stderr(), /"level":[56]0/)
})
