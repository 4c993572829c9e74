import bencode from 'bencode'
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { ObjectOptions } from '../support/faulty-object.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { rssOf } from '../support/memory.js'
import { parsed } from '../support/pieces.js'
import { startServer } from '../support/server.js'
import { announce } from '../support/tracker-client.js'
import { until } from '../support/until.js'
import { ID, WirePeer, extended, handshake, message } from '../support/wire-peer.js'

const MIB = 1024 * 1024
const PIECE = 256 * 1024
const SMALL_PIECE = 16 * 1024
const SIZE = 3_456_789
const LAST = Math.floor(SIZE / PIECE)
const MAX_BLOCK = 128 * 1024
const MAX_PER_ADDRESS = 50
const LIMIT = 400_000
const NO_EXTENSIONS = '0000000000000000'
const ONLY_FAST = '0000000000000004'
const ONLY_EXTENDED = '0000000000100000'

const origin = await startFaultyOrigin(t)
const [tracker, port, slowPort] = [await freePort(), await freePort(), await freePort()]
const args = ['--origin', origin.endpoint, '--log-level', 'warn']
const [server, slow] = await Promise.all([
  startServer(t, {
    args: [...args, '--tracker-port', String(tracker), '--peer-port', String(port), '--piece-length', String(PIECE)]
  }),
  startServer(t, {
    args: [
      ...args, '--peer-port', String(slowPort), '--piece-length', String(SMALL_PIECE), '--upload-slots', '1',
      '--upload-limit', String(LIMIT)
    ]
  })
])

let made = 0
/** An object that everybody may read, and the info hash of its torrent. */
async function seeded (options: ObjectOptions, at = server): Promise<{ key: string, infoHash: string }> {
  const key = `object-${made++}`
  origin.put('bkt', key, { public: true, ...options })
  return { key, infoHash: (await parsed((await httpGet(`${at.url}/bkt/${key}?torrent`)).body)).infoHash }
}

const { infoHash } = await seeded({ size: SIZE, seed: 1 })
const bytesOf = (index: number, offset: number, length: number): Buffer => contentAt(1, index * PIECE + offset, length)
const greeted = (
  t: Parameters<typeof WirePeer.greeted>[0], of = infoHash, reserved?: string
): Promise<WirePeer> => WirePeer.greeted(
  t, port, of, reserved === undefined ? {} : { reserved }
)

// Takes ten seconds: begins here, and is looked at in the end.
const silent = { nothing: WirePeer.open(t, port), half: WirePeer.open(t, port, { from: '127.0.0.2' }) }
silent.half.then((peer) => { peer.write(handshake(infoHash).subarray(0, 67)) }, () => {})

t.test('handshakes', async (t) => {
  const peer = await greeted(t)
  const greeting = peer.greeting ?? Buffer.alloc(0)
  t.equal(greeting.toString('latin1', 0, 20), '\x13BitTorrent protocol')
  t.equal(
    greeting.toString('hex', 20, 28),
    '0000000000100004',
    'extension protocol (BEP 10) and fast extension (BEP 6), and nothing else'
  )
  t.equal(greeting.toString('hex', 28, 48), infoHash)
  t.match(greeting.toString('latin1', 48), /^-oT\d{4}-/)
  const hello = await peer.next(ID.extended)
  t.equal(hello[0], 0)
  const { m, ...said } = bencode.decode(hello.subarray(1)) as { m: Record<string, number> }
  t.match(said, { reqq: Number, upload_only: 1, metadata_size: Number })
  t.ok((m['ut_metadata'] ?? 0) > 0)
  t.equal((await peer.next(ID.haveAll)).length, 0)
  t.same(peer.messages, [], 'and no bitfield')

  for (const reserved of [NO_EXTENSIONS, ONLY_EXTENDED]) {
    const plain = await greeted(t, infoHash, reserved)
    t.equal(
      (await plain.next(ID.bitfield)).toString('hex'), 'fffc', `14 pieces, and two bits that are none, for ${reserved}`
    )
    t.equal(plain.messages.some(({ id }) => id === ID.haveAll), false)
    t.equal(plain.messages.some(({ id }) => id === ID.extended), reserved === ONLY_EXTENDED)
  }
  const fast = await greeted(t, infoHash, ONLY_FAST)
  await fast.next(ID.haveAll)
  t.same(fast.messages, [], 'no extension handshake for who does not know it')
})

t.test('who is sent away without an answer', async (t) => {
  const wrong: Array<[string, Buffer]> = [
    ['an info hash that nobody knows', handshake(randomBytes(20).toString('hex'))],
    ['another protocol', Buffer.from(`\x13BitTorrent protocoL${'x'.repeat(48)}`)],
    ['another length of the protocol', Buffer.from(`\x12BitTorrent protocol${'x'.repeat(48)}`)],
    ['an encrypted handshake', randomBytes(96)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['zeros', Buffer.alloc(100_000)]
  ]
  await Promise.all(wrong.map(async ([what, bytes]) => {
    const peer = await WirePeer.open(t, port)
    peer.write(bytes)
    await peer.closed
    t.equal(peer.received, 0, what)
  }))
})

t.test('blocks, byte for byte', async (t) => {
  for (const reserved of [undefined, NO_EXTENSIONS]) {
    const peer = await greeted(t, infoHash, reserved)
    await peer.unchoked()
    const lastLength = SIZE - LAST * PIECE
    for (const [index, length] of [[0, PIECE], [7, PIECE], [LAST, lastLength]] as const) {
      for (const [offset, bytes] of [
        [0, SMALL_PIECE],
        [1, 1],
        [12_345, 7_001],
        [length - 1, 1],
        [length - SMALL_PIECE, SMALL_PIECE],
        [0, Math.min(length, MAX_BLOCK)],
        [length - Math.min(length, MAX_BLOCK), Math.min(length, MAX_BLOCK)]
      ] as const) {
        t.ok(
          (await peer.block({ index, offset, length: bytes })).equals(bytesOf(index, offset, bytes)),
          `${bytes} bytes from ${offset} of piece ${index}`
        )
      }
    }
    const all = Array.from({ length: 100 }, (_, i) => ({ index: i % LAST, offset: i * 1000 + 1, length: 777 }))
    for (const block of all) peer.request(block)
    for (const { index, offset, length } of all) {
      const piece = await peer.next(ID.piece)
      t.same(
        [piece.readUInt32BE(0), piece.readUInt32BE(4)], [index, offset], 'in the order in which they were asked for'
      )
      t.ok(piece.subarray(8).equals(bytesOf(index, offset, length)))
    }
  }
})

t.test('what cannot be asked for', async (t) => {
  const lastLength = SIZE - LAST * PIECE
  const wrong = [
    [0, 0, MAX_BLOCK + 1], [0, 0, 0], [0, 0, 0xFFFFFFFF], [0, 0, 0x80000000], [0, PIECE, 1], [0, PIECE - 1, 2],
    [0, 0xFFFFFFFF, 1], [0, 0x80000000, 1], [0, 0xFFFFFFFF, 2], [LAST, lastLength, 1], [LAST, 0, lastLength + 1],
    [LAST + 1, 0, 1], [0xFFFFFFFF, 0, 1], [0x80000000, 0, 1], [0x7FFFFFFF, 0, 1]
  ]
  await Promise.all(wrong.map(async ([index = 0, offset = 0, length = 0]) => {
    const peer = await greeted(t)
    await peer.unchoked()
    const before = peer.received
    peer.request({ index, offset, length })
    await peer.closed
    t.equal(peer.received, before, `${length} bytes from ${offset} of piece ${index}: closed`)
  }))
  const choked = await greeted(t)
  choked.request({ index: 0, offset: 0, length: 1 })
  t.equal((await choked.next(ID.reject)).toString('hex'), '000000000000000000000001', 'while choked: rejected (BEP 6)')
  await choked.unchoked()
  t.ok(await choked.block({ index: 0, offset: 0, length: 1 }), 'and not held against it')
  const seeder = await greeted(t)
  seeder.send(ID.haveAll)
  await seeder.closed
  t.pass('another seeder: closed')
})

t.test('the same request, several times', async (t) => {
  const peer = await greeted(t)
  await peer.unchoked()
  const block = { index: 5, offset: 3, length: 999 }
  const wanted = [block, block, { ...block, offset: 4 }, block, { ...block, index: 6 }, block]
  peer.write(Buffer.concat(wanted.map(({ index, offset, length }) => message(ID.request, index, offset, length))))
  for (const { index, offset, length } of wanted) {
    t.ok((await peer.next(ID.piece)).subarray(8).equals(bytesOf(index, offset, length)), 'as many answers')
  }
  peer.write(
    Buffer.concat([message(ID.request, 12, 0, 10), message(ID.request, 12, 0, 10), message(ID.cancel, 12, 0, 10)])
  )
  t.ok(await peer.next(ID.piece))
  t.ok(await peer.next(ID.reject))
})

t.test('10,000 requests at once', async (t) => {
  const COUNT = 10_000
  const peer = await greeted(t)
  await peer.unchoked()
  await peer.block({ index: 3, offset: 0, length: 1 })
  const before = rssOf(server)
  peer.pause()
  peer.write(Buffer.concat(Array.from({ length: COUNT }, (_, i) => message(ID.request, 3, i % 1000, 1024))))
  await sleep(500)
  const grown = rssOf(server) - before
  peer.resume()
  let right = 0
  for (let i = 0; i < COUNT; i++) if ((await peer.next(ID.piece)).readUInt32BE(4) === i % 1000) right++
  t.equal(right, COUNT, 'are answered one by one, in order')
  t.ok(grown < 16 * MIB, `${(grown / MIB).toFixed(1)} MiB`)
})

t.test('peers that ask and do not read', async (t) => {
  const PEERS = 20
  const before = rssOf(server)
  const peers = await Promise.all(Array.from({ length: PEERS }, async () => {
    const peer = await greeted(t)
    await peer.unchoked()
    peer.pause()
    peer.write(Buffer.concat(Array.from({ length: 5_000 }, (_, i) => message(ID.request, i % LAST, 0, MAX_BLOCK))))
    return peer
  }))
  await sleep(1_000)
  const grown = rssOf(server) - before
  t.comment(`${PEERS} peers that do not read: ${(grown / MIB).toFixed(1)} MiB`)
  t.ok(grown < 64 * MIB, `${(grown / MIB).toFixed(1)} MiB`)
  t.ok((await (await greeted(t)).next(ID.haveAll)), 'others are served')
  for (const peer of peers) peer.destroy()
})

t.test('a peer that changes its mind as fast as it can', async (t) => {
  const peer = await greeted(t)
  peer.pause()
  const before = rssOf(server)
  const flip = Buffer.concat(
    [message(ID.interested), message(ID.request, 0, 0, SMALL_PIECE), message(ID.notInterested)]
  )
  for (let i = 0; i < 20; i++) {
    peer.write(Buffer.concat(Array.from({ length: 5_000 }, () => flip)))
    await sleep(5)
  }
  peer.resume()
  await peer.unchoked()
  t.ok(rssOf(server) - before < 32 * MIB, `${((rssOf(server) - before) / MIB).toFixed(1)} MiB`)
})

t.test('one slot for two peers', async (t) => {
  const { infoHash } = await seeded({ size: 50_000, seed: 3 }, slow)
  const [first, second] = [await WirePeer.greeted(t, slowPort, infoHash), await WirePeer.greeted(t, slowPort, infoHash)]
  await first.unchoked()
  second.send(ID.interested)
  second.request({ index: 0, offset: 0, length: 1 })
  await second.next(ID.reject)
  t.notOk(second.messages.some(({ id }) => id === ID.unchoke), 'the second waits')
  first.send(ID.notInterested)
  await first.next(ID.choke)
  await second.next(ID.unchoke)
  t.ok(await second.block({ index: 0, offset: 0, length: 1 }))
  first.request({ index: 0, offset: 0, length: 1 })
  await first.next(ID.reject)
  first.send(ID.interested)
  second.destroy()
  await first.next(ID.unchoke)
  t.ok(await first.block({ index: 0, offset: 0, length: 1 }), 'and takes its turn again when the other has gone')
})

t.test('what is choked and what is cancelled', async (t) => {
  const { infoHash } = await seeded({ size: 1_000_000, seed: 4 }, slow)
  const peer = await WirePeer.greeted(t, slowPort, infoHash)
  await peer.unchoked()
  const blocks = Array.from({ length: 20 }, (_, index) => ({ index, offset: 0, length: SMALL_PIECE }))
  for (const block of blocks) peer.request(block)
  for (const { index, offset, length } of blocks.slice(10, 15)) peer.send(ID.cancel, index, offset, length)
  peer.send(ID.cancel, 59, 0, 1)
  const outcomes = new Map<number, string>()
  while (outcomes.size < blocks.length) {
    const { id, payload } = await peer.until(() => {
      const at = peer.messages.findIndex(({ id }) => id === ID.piece || id === ID.reject)
      return at < 0 ? undefined : peer.messages.splice(at, 1)[0]
    })
    const index = payload.readUInt32BE(0)
    t.notOk(outcomes.has(index), 'one answer each')
    outcomes.set(index, id === ID.piece ? 'piece' : 'reject')
  }
  t.same(blocks.map(({ index }) => outcomes.get(index)), blocks.map(
    ({ index }) => index >= 10 && index < 15 ? 'reject' : 'piece'
  ))
  for (const block of blocks) peer.request(block)
  peer.send(ID.notInterested)
  await peer.next(ID.choke)
  t.equal(await (async () => {
    let rejected = peer.messages.filter(({ id }) => id === ID.piece).length
    for (; rejected < blocks.length; rejected++) await peer.next(ID.reject)
    return rejected
  })(), blocks.length, 'all of them, when it is choked')
})

t.test('--upload-limit', async (t) => {
  const { infoHash } = await seeded({ size: 1_000_000, seed: 5 }, slow)
  const peer = await WirePeer.greeted(t, slowPort, infoHash)
  await peer.unchoked()
  const started = performance.now()
  const blocks = Array.from({ length: 40 }, (_, index) => ({ index, offset: 0, length: SMALL_PIECE }))
  for (const block of blocks) peer.request(block)
  for (const { length } of blocks) t.equal((await peer.next(ID.piece)).length, 8 + length)
  const rate = blocks.length * SMALL_PIECE / (performance.now() - started) * 1000
  t.ok(rate < 2 * LIMIT, `${Math.round(rate)} bytes a second`)
})

t.test('ut_metadata', async (t) => {
  const { infoHash } = await seeded({ size: 20_000_000, seed: 6 }, slow)
  const peer = await WirePeer.greeted(t, slowPort, infoHash)
  const hello = bencode.decode((await peer.next(ID.extended)).subarray(1)) as {
    m: Record<string, number>
    metadata_size: number
  }
  const number = hello.m['ut_metadata'] ?? 0
  peer.write(extended(number, 'd8:msg_typei0e5:piecei0ee'))
  peer.write(extended(0, 'd1:md11:ut_metadatai7eee'))
  const ask = (text: string): void => peer.write(extended(number, text))
  const answer = async (): Promise<{ of: Record<string, number>, block: Buffer }> => {
    const payload = await peer.next(ID.extended)
    t.equal(payload[0], 7, 'under the number that the peer has given')
    const end = payload.indexOf('ee') + 2
    return { of: bencode.decode(payload.subarray(1, end)) as Record<string, number>, block: payload.subarray(end) }
  }
  const blocks: Buffer[] = []
  for (let piece = 0; piece < 2; piece++) {
    ask(`d8:msg_typei0e5:piecei${piece}ee`)
    const { of, block } = await answer()
    t.same(of, { msg_type: 1, piece, total_size: hello.metadata_size })
    blocks.push(block)
  }
  t.same(blocks.map(({ length }) => length), [16_384, hello.metadata_size - 16_384])
  t.equal(
    createHash('sha1').update(Buffer.concat(blocks)).digest('hex'),
    infoHash,
    'what was not numbered yet had no answer, and this is the info dictionary'
  )
  for (const piece of [2, 1_000_000, 999_999_999_999_999]) {
    ask(`d8:msg_typei0e5:piecei${piece}ee`)
    t.same((await answer()).of, { msg_type: 2, piece }, 'rejected')
  }
  for (const odd of [
    'd8:msg_typei0e5:piecei-1ee',
    'd8:msg_typei0e5:piecei1.5ee',
    'd8:msg_typei0e5:piece1:0e',
    'd8:msg_typei1e5:piecei0e10:total_sizei5eexxxxx',
    'd8:msg_typei2e5:piecei0ee',
    'd8:msg_typei3e5:piecei0ee',
    'd5:piecei0ee',
    'de',
    '',
    'x',
    'l'.repeat(60_000)
  ]) {
    ask(odd)
  }
  ask('d8:msg_typei0e5:piecei3ee')
  t.same((await answer()).of, { msg_type: 2, piece: 3 }, 'what is no request has no answer')
})

t.test('a flood of requests for metadata', async (t) => {
  const peer = await greeted(t)
  const number = (bencode.decode((await peer.next(ID.extended)).subarray(1)) as {
    m: Record<string, number>
  }).m['ut_metadata'] ??
    0
  peer.write(extended(0, 'd1:md11:ut_metadatai7eee'))
  const before = rssOf(server)
  peer.pause()
  peer.write(Buffer.concat(Array.from({ length: 20_000 }, () => extended(number, 'd8:msg_typei0e5:piecei0ee'))))
  await sleep(500)
  const grown = rssOf(server) - before
  peer.resume()
  for (let i = 0; i < 20_000; i++) await peer.next(ID.extended)
  t.ok(grown < 16 * MIB, `${(grown / MIB).toFixed(1)} MiB`)
})

t.test('extension handshakes that are none', async (t) => {
  const odd = [
    'l-3:e', 'd-3:', 'd1:md1:xd8:toStringi5eeee', 'd1:md9:__proto__d1:xi1eee', 'd1:mi-1ee', '99999999999:',
    `d1:m${'l'.repeat(60_000)}`, `d1:m60000:${'x'.repeat(60_000)}e`, '', 'd', 'de'
  ]
  const before = rssOf(server)
  for (const first of [handshake(infoHash), handshake(randomBytes(20).toString('hex'))]) {
    for (const text of odd) {
      const peer = await WirePeer.open(t, port)
      peer.write(Buffer.concat([first, extended(0, text), extended(1, text), extended(77, text)]))
      if (first.includes(Buffer.from(infoHash, 'hex'))) await peer.unchoked()
      else await peer.closed
      peer.destroy()
    }
  }
  t.ok(rssOf(server) - before < 16 * MIB, `${((rssOf(server) - before) / MIB).toFixed(1)} MiB`)
})

t.test('messages that are too long', async (t) => {
  const before = rssOf(server)
  await Promise.all(['7fffffff', '80000000', 'ffffffff', '00010001'].map(async (prefix) => {
    for (const greet of [true, false]) {
      const peer = greet ? await greeted(t) : await WirePeer.open(t, port)
      if (!greet) peer.write(handshake(infoHash))
      peer.write(Buffer.from(prefix, 'hex'))
      await peer.closed
      t.pass(`${prefix}: closed at once`)
      for (let i = 0; i < 50; i++) peer.write(Buffer.alloc(MIB))
    }
  }))
  t.ok(rssOf(server) - before < 16 * MIB, `${((rssOf(server) - before) / MIB).toFixed(1)} MiB`)
})

t.test('no more than 50 connections of one address', async (t) => {
  const from = '127.0.0.7'
  const peers = await Promise.all(
    Array.from({ length: MAX_PER_ADDRESS }, () => WirePeer.greeted(t, port, infoHash, { from }))
  )
  const more = await WirePeer.open(t, port, { from })
  await more.closed
  await WirePeer.greeted(t, port, infoHash, { from: '127.0.0.8' })
  t.notOk(peers.some(({ isClosed }) => isClosed))
  peers[0]?.destroy()
  const limit = performance.now() + 10_000
  let again = await WirePeer.open(t, port, { from })
  while (again.greeting === undefined && performance.now() < limit) {
    again.write(handshake(infoHash))
    await again.until(() => again.greeting).catch(async () => { again = await WirePeer.open(t, port, { from }) })
  }
  t.ok(again.greeting, 'one has gone, one may come')
})

t.test('those who connect and say nothing hold no place that others need', async (t) => {
  const early = await WirePeer.greeted(t, port, infoHash, { from: '127.0.0.9' })
  const silent = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => WirePeer.open(t, port, { from: `127.0.1.${1 + i % 20}` }))
  )
  const late = await WirePeer.greeted(t, port, infoHash, { from: '127.0.0.10' })
  t.ok(late.greeting, 'who comes when all places are taken')
  t.notOk(early.isClosed, 'who was served before stays')
  await until('the oldest of the silent have gone', () => silent.some(({ isClosed }) => isClosed))
})

t.test('an origin that gives other bytes than were hashed, under the same ETag', async (t) => {
  const etag = '"the same"'
  const { key, infoHash } = await seeded({ size: SIZE, seed: 7, etag })
  origin.put('bkt', key, { size: SIZE, seed: 8, etag, public: true })
  const own = `127.0.0.1:${port}`
  const before = await announce({ port: tracker }, infoHash)
  t.same([before.complete, before.peers], [1, [own]])
  const [first, idle] = [await greeted(t, infoHash), await greeted(t, infoHash)]
  await first.unchoked()
  await Promise.all([first.next(ID.haveAll), idle.next(ID.haveAll)])
  first.request({ index: 1, offset: 0, length: SMALL_PIECE })
  await Promise.all([first.closed, idle.closed])
  t.notOk(
    first.messages.some(({ id }) => id === ID.piece), 'not a byte of it was sent, and all its peers are sent away'
  )
  const after = await announce({ port: tracker }, infoHash)
  t.same([after.failure, after.complete, after.peers], [undefined, 0, []], 'the seeder is not among its peers anymore')
  const again = await WirePeer.open(t, port)
  again.write(handshake(infoHash))
  await again.closed
  t.equal(again.received, 0)
  t.match(server.stderr(), new RegExp(`"infoHash":"${infoHash}".*other bytes than were hashed`))
})

t.test('an object that has changed', async (t) => {
  const { key, infoHash } = await seeded({ size: SIZE, seed: 9 })
  const [first, idle] = [await greeted(t, infoHash), await greeted(t, infoHash)]
  await first.unchoked()
  t.ok((await first.block({ index: 0, offset: 0, length: SMALL_PIECE })).equals(contentAt(9, 0, SMALL_PIECE)))
  const changed = origin.put('bkt', key, { size: SIZE, seed: 10, public: true })
  first.request({ index: LAST, offset: 0, length: SMALL_PIECE })
  await Promise.all([first.closed, idle.closed])
  t.notOk(first.messages.some(({ id }) => id === ID.piece), 'all its peers are sent away, with nothing of the new one')
  t.equal(changed.bytesSent, 0, 'of which nothing was read')
  t.match(server.stderr(), new RegExp(`"infoHash":"${infoHash}".*PreconditionFailed`))
})

t.test('an origin that is away for a moment', async (t) => {
  const { infoHash } = await seeded({ size: SIZE, seed: 11 })
  const peer = await greeted(t, infoHash)
  await peer.unchoked()
  const back = origin.port
  await origin.close()
  peer.request({ index: 2, offset: 0, length: SMALL_PIECE })
  await sleep(300)
  await origin.listen(back)
  t.ok((await peer.next(ID.piece)).subarray(8).equals(contentAt(11, 2 * PIECE, SMALL_PIECE)), 'is waited for')
})

t.test('who says nothing, or half a handshake', async (t) => {
  const peers = [await silent.nothing, await silent.half]
  await Promise.all(peers.map(({ closed }) => closed))
  t.same(peers.map(({ received }) => received), [0, 0], 'is sent away after ten seconds')
})

t.test('nothing went wrong inside', async (t) => {
  const errors = [server, slow].flatMap(
    (each) => each.stderr().split('\n').filter((line) => /"level":[56]0/.test(line))
  )
  t.equal(errors.length, 1, errors.join('\n'))
  t.match(errors[0], 'other bytes than were hashed', 'but for the origin that lied')
})
