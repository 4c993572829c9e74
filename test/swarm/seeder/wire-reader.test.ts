import t from 'tap'
import { WireReader } from '../../../src/swarm/seeder/wire-reader.js'
import { ID, extended, handshake, message } from '../../support/wire-peer.js'

const INFO_HASH = '0123456789abcdef0123456789abcdef01234567'
const KEEP_ALIVE = Buffer.alloc(4)

interface ReadOptions {
  /** How the bytes are cut. */
  readonly cut?: number
  readonly pieces?: number
  /** Opens when all bytes have come. */
  readonly late?: boolean
  readonly throws?: boolean
}

/** What a reader understands of these bytes, in words. */
function read (
  bytes: Buffer, { cut = bytes.length, pieces = 10, late = false, throws = false }: ReadOptions = {}
): string[] {
  const heard: string[] = []
  const say = (what: string): void => {
    heard.push(what)
    if (throws) throw new Error('as a bug might')
  }
  const reader = new WireReader({
    handshake: (infoHash, { fast, extended }) => {
      heard.push(`handshake ${infoHash.toString('hex')} ${fast} ${extended}`)
    },
    refused: () => { heard.push('refused') }
  })
  const open = (): void => reader.open(pieces, {
    interested: () => say('interested'),
    notInterested: () => say('not interested'),
    bitfield: (bits) => say(`bitfield ${bits.length} ${bits.toString('hex', 0, 4)}`),
    haveAll: () => say('have all'),
    request: (...block) => say(`request ${block.join(' ')}`),
    cancel: (...block) => say(`cancel ${block.join(' ')}`),
    extended: (number, payload) => say(`extended ${number} ${payload.toString()}`),
    hashRequest: (payload) => say(`hash request ${payload.length} ${payload.toString('hex', 0, 4)}`)
  })
  for (let at = 0; at < bytes.length; at += cut) {
    reader.receive(bytes.subarray(at, at + cut))
    if (!late && heard.length === 1) open()
  }
  if (late) open()
  return heard.filter((what) => !what.startsWith('handshake'))
}

const greeted = (...messages: Buffer[]): Buffer => Buffer.concat([handshake(INFO_HASH), ...messages])

t.test('each message, cut in every way', async (t) => {
  const bytes = greeted(
    KEEP_ALIVE,
    message(ID.interested),
    message(ID.request, 1, 16_384, 0xFFFFFFFF),
    KEEP_ALIVE,
    message(ID.cancel, 0x80000000, 2, 3),
    message(ID.bitfield, Buffer.from('c0ff', 'hex')),
    message(ID.bitfield),
    extended(0, 'd1:mdee'),
    extended(255, ''),
    message(ID.extended),
    message(21, Buffer.alloc(48, 0xAB)),
    message(21),
    ...[ID.choke, ID.unchoke, ID.have, ID.piece, 9, ID.suggest, ID.haveNone, ID.reject, ID.allowedFast, 22, 23, 99, 255]
      .flatMap((id) => [message(id), message(id, 5), message(id, Buffer.alloc(5_000))]),
    message(ID.haveAll),
    message(ID.notInterested)
  )
  const understood = [
    'interested', 'request 1 16384 4294967295', 'cancel 2147483648 2 3', 'bitfield 2 c0ff', 'bitfield 0 ',
    'extended 0 d1:mdee', 'extended 255 ', 'hash request 48 abababab', 'hash request 0 ', 'have all', 'not interested'
  ]
  for (const cut of [1, 2, 3, 4, 5, 7, 16, 17, 67, 68, 69, 1_000, 5_004, bytes.length]) {
    t.same(read(bytes, { cut }), understood, `${cut} bytes at once`)
  }
  t.same(read(bytes, { late: true }), understood, 'all of it before the torrent is known')
  t.same(read(bytes, { late: true, cut: 1 }), understood)
})

t.test('handshakes', async (t) => {
  const heard = (reserved: string): string => {
    let said = ''
    new WireReader({
      handshake: (infoHash, { fast, extended, version2 }) => {
        said = `${infoHash.toString('hex')} ${fast} ${extended} ${version2}`
      },
      refused: () => t.fail(reserved)
    }).receive(handshake(INFO_HASH, reserved))
    return said
  }
  t.equal(heard('0000000000000000'), `${INFO_HASH} false false false`)
  t.equal(heard('0000000000000004'), `${INFO_HASH} true false false`)
  t.equal(heard('0000000000100000'), `${INFO_HASH} false true false`)
  t.equal(heard('0000000000000010'), `${INFO_HASH} false false true`)
  t.equal(heard('ffffffffffffffff'), `${INFO_HASH} true true true`)
  const right = handshake(INFO_HASH)
  for (let at = 0; at < 20; at++) {
    const wrong = Buffer.from(right)
    wrong[at] = (wrong[at] ?? 0) ^ 0x20
    t.same(read(wrong.subarray(0, at)), [], 'not before it is wrong')
    t.same(read(wrong.subarray(0, at + 1)), ['refused'], `byte ${at} is wrong: refused at once`)
    t.same(read(Buffer.concat([wrong, message(ID.interested)]), { cut: 1 }), ['refused'], 'once')
  }
  t.same(read(right.subarray(0, 67)), [])
  t.same(read(greeted(right)), ['refused'], 'a second one would be a message that is too long')
})

t.test('a message that would be too long is refused before it comes', async (t) => {
  for (const prefix of ['00010001', '7fffffff', '80000000', 'ffffffff', 'fffffffc']) {
    for (const cut of [1, 10_000]) {
      t.same(
        read(greeted(Buffer.from(prefix, 'hex'), message(ID.interested)), { cut }),
        ['refused'],
        `${prefix}: once, and nothing behind it is read`
      )
    }
  }
  t.same(read(greeted(message(ID.bitfield, Buffer.alloc(65_535)))), ['bitfield 65535 00000000'])
  const bitfield = greeted(message(ID.bitfield, Buffer.alloc(125_000, 1)), message(ID.interested))
  for (const cut of [1_000, 65_536]) {
    t.same(read(bitfield, { cut, pieces: 1_000_000 }), ['bitfield 125000 01010101', 'interested'], 'of that torrent')
  }
  t.same(read(bitfield, { pieces: 999_992 }), ['refused'])
  t.same(read(bitfield, { late: true, cut: 1_000 }), ['refused'], 'nor is more kept while the torrent is looked up')
})

t.test('what a request or a cancel has too little or too much', async (t) => {
  for (const id of [ID.request, ID.cancel]) {
    for (const payload of [[], [1, 2], [1, 2, 3, 4], [1, 2, Buffer.alloc(3)], [1, 2, 3, Buffer.alloc(1)]]) {
      t.same(read(greeted(message(id, ...payload), message(ID.interested))), ['refused'])
    }
  }
})

t.test('messages of the fast extension from who has not said that it knows it (BEP 6)', async (t) => {
  for (const id of [ID.suggest, ID.haveAll, ID.haveNone, ID.reject, ID.allowedFast]) {
    const bytes = Buffer.concat([
      handshake(INFO_HASH, '0000000000100000'), message(ID.interested), message(id), message(ID.interested)
    ])
    t.same(read(bytes), ['interested', 'refused'])
  }
})

t.test('nothing is told once it has ended, though it came with what was the end', async (t) => {
  for (const cut of [1, 1_000]) {
    let told = 0
    const never = (): void => { t.fail('it has ended') }
    const reader = new WireReader({ handshake: () => {}, refused: never })
    const bytes = Buffer.concat([message(ID.haveAll), message(ID.interested), Buffer.alloc(9, 0xFF)])
    reader.receive(handshake(INFO_HASH))
    reader.open(1, {
      interested: never,
      notInterested: never,
      bitfield: never,
      haveAll: () => {
        told++
        reader.end()
      },
      request: never,
      cancel: never,
      extended: never,
      hashRequest: never
    })
    for (let at = 0; at < bytes.length; at += cut) reader.receive(bytes.subarray(at, at + cut))
    t.equal(told, 1)
  }
})

t.test('what is thrown inside makes the peer go', async (t) => {
  for (const cut of [1, 1_000]) {
    const bytes = greeted(message(ID.interested), message(ID.interested))
    t.same(read(bytes, { throws: true, cut }), ['interested', 'refused'])
  }
})
