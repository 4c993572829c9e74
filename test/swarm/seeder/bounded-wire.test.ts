import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { BoundedWire } from '../../../src/swarm/seeder/bounded-wire.js'

const HANDSHAKE = Buffer.concat(
  [Buffer.from('\x13BitTorrent protocol'), Buffer.from('0000000000100005', 'hex'), Buffer.alloc(40)]
)

function message (id: number, payload: string | Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from([id]), Buffer.from(payload)])
  bytes.writeUInt32BE(bytes.length - 4)
  return bytes
}

/** A wire that was sent this behind a handshake, and how often it has said that the peer is to go. */
async function after (...sent: Buffer[]): Promise<{ wire: BoundedWire, refused: number, bitfields: number }> {
  const wire = new BoundedWire('tcpIncoming')
  let refused = 0
  let bitfields = 0
  wire.on('refused', () => { refused++ })
  wire.on('bitfield', () => { bitfields++ })
  wire.write(HANDSHAKE)
  for (const bytes of sent) wire.write(bytes)
  await turn()
  return { wire, refused, bitfields }
}

t.test('a message that would be too long', async (t) => {
  for (const prefix of ['00010001', '7fffffff', '80000000', 'ffffffff', 'fffffffc']) {
    const { refused, bitfields } = await after(Buffer.from(prefix, 'hex'), message(5, 'behind it'))
    t.same([refused, bitfields], [1, 0], `${prefix}: once, and nothing behind it is read`)
  }
  const longest = await after(message(5, Buffer.alloc(65_535)))
  t.same([longest.refused, longest.bitfields], [0, 1])
  const wire = new BoundedWire('tcpIncoming')
  wire.allowBitfieldOf(1_000_000)
  wire.write(HANDSHAKE)
  wire.on('refused', () => t.fail('a bitfield of that torrent'))
  wire.on('bitfield', () => t.pass('a bitfield of that torrent'))
  wire.write(message(5, Buffer.alloc(125_000)))
  await turn()
})

t.test('extension handshakes', async (t) => {
  const numberAfter = async (...payloads: string[]): Promise<number | undefined> =>
    (await after(...payloads.map((payload) => message(20, `\0${payload}`)))).wire.peerExtendedMapping['ut_metadata']
  t.equal(await numberAfter('d1:md11:ut_metadatai3e6:ut_pexi1eee'), 3)
  t.equal(await numberAfter('d1:md11:ut_metadatai3eee', 'd1:md11:ut_metadatai4eee'), 4, 'the last one')
  for (const payload of [
    '', 'de', 'd1:mdee', 'd1:m5:abcdee', 'd1:md11:ut_metadatai0eee', 'd1:md11:ut_metadatai256eee',
    'd1:md11:ut_metadata1:3ee'
  ]) {
    t.equal(await numberAfter(payload), undefined, JSON.stringify(payload))
  }
  // The library's decoder goes backwards for ever over the first of these, and throws where nobody catches at the
  // second.
  for (const payload of [
    'l-3:e', 'd1:md1:xd8:toStringi5eeee', 'd1:md9:__proto__d11:ut_metadatai3eeee', `d1:m${'l'.repeat(60_000)}`
  ]) {
    const { wire, refused } = await after(message(20, `\0${payload}`), message(2, ''))
    t.same(
      [wire.peerExtendedMapping['ut_metadata'], wire.peerInterested, refused],
      [undefined, true, 0],
      `${payload.slice(0, 40)}: not looked at, and what follows is`
    )
  }
  const { wire } = await after(...Array.from({ length: 100 }, (_, i) => message(20, `\0d1:md5:${10_000 + i}i1eee`)))
  t.same(Object.keys(wire.peerExtendedMapping), [], 'names that nobody needs are not kept')
})

t.test('a cancelled request is rejected, where the peer has the fast extension', async (t) => {
  const numbers = (...values: number[]): Buffer => Buffer.concat(
    values.map((value) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex'))
  )
  const [asked, other] = [numbers(1, 16_384, 1_000), numbers(1, 0, 1_000)]
  for (const fast of [true, false]) {
    const wire = new BoundedWire('tcpIncoming')
    const sent: Buffer[] = []
    wire.on('data', (bytes: Uint8Array) => { sent.push(Buffer.from(bytes)) })
    wire.on('handshake', () => {
      wire.handshake('00'.repeat(20), Buffer.alloc(20), { fast })
      wire.unchoke()
    })
    wire.write(Buffer.concat([HANDSHAKE, message(6, asked), message(8, other), message(8, asked), message(8, asked)]))
    await turn()
    const unchoked = Buffer.concat(sent).subarray(HANDSHAKE.length)
    t.same(unchoked.subarray(-17).equals(message(16, asked)), fast)
    t.equal(
      unchoked.length - unchoked.indexOf(message(1, '')),
      fast ? 5 + 17 : 5,
      'once; and what it has not asked for is not'
    )
  }
})

t.test('what the library throws makes the peer go', async (t) => {
  const wire = new BoundedWire('tcpIncoming')
  let refused = 0
  wire.on('refused', () => { refused++ })
  wire.on('interested', () => { throw new Error('as the library might') })
  wire.write(Buffer.concat([HANDSHAKE, message(2, ''), message(2, '')]))
  await turn()
  t.equal(refused, 1)
})

t.test('whether a request was answered: not one that was cancelled or choked after it was taken', async (t) => {
  const request = Buffer.alloc(12)
  request.writeUInt32BE(1, 8)
  for (const [meanwhile, isAnswered] of [
    [() => {}, true],
    [(wire: BoundedWire) => { wire.write(message(8, request)) }, false],
    [(wire: BoundedWire) => { wire.choke() }, false]
  ] as const) {
    const { wire } = await after()
    const sent: Uint8Array[] = []
    wire.on('data', (bytes: Uint8Array) => { sent.push(bytes) })
    wire.unchoke()
    wire.write(message(6, request))
    await turn()
    t.same(wire.take(), { index: 0, offset: 0, length: 1 })
    meanwhile(wire)
    await turn()
    t.equal(wire.answer(Buffer.from('x')), isAnswered)
    await turn()
    t.equal(Buffer.concat(sent).toString('hex').includes('07000000000000000078'), isAnswered)
    t.equal(wire.answer(Buffer.from('x')), false, 'none is answered twice')
  }
})
