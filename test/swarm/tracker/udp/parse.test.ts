import t from 'tap'
import { announceNumbers } from '../../../../src/swarm/tracker/announce-numbers.js'
import { clientOf } from '../../../../src/swarm/tracker/client-identity.js'
import { InfoHash } from '../../../../src/torrent/info-hash.js'
import { TrackerRefusal } from '../../../../src/swarm/tracker/tracker-refusal.js'
import { parsePacket } from '../../../../src/swarm/tracker/udp/parse.js'

const ID = '0102030405060708'
const HASH = 'c9e15763f722f23e98a29decdfae341b98d53056'
// As BEP 15 lists the fields: connection_id, action, transaction_id, info_hash, peer_id, downloaded, left, uploaded,
// event, IP address, key, num_want, port.
const ANNOUNCE = [
  ID, '00000001', 'fffffffe', HASH, '2d'.repeat(20), '0000000000000001', '0000000000000002', '0000000000000003',
  '00000002', 'c0000201', '00001234', 'ffffffff', '1ae1'
]
const bytes = (...fields: string[]): Buffer => Buffer.from(fields.join(''), 'hex')
const replaced = (field: number, value: string): Buffer => bytes(
  ...ANNOUNCE.map((given, i) => i === field ? value : given)
)

t.test('requests', async (t) => {
  t.same(parsePacket(bytes('0000041727101980', '00000000', 'fffffffe')), {
    action: 'connect', transactionId: 0xFFFFFFFE
  })
  const client = clientOf(Buffer.alloc(20, 0x2d), 0x1234)
  const announce = { infoHash: InfoHash.ofHex(HASH), event: 'started', client }
  const whole = {
    action: 'announce',
    transactionId: 0xFFFFFFFE,
    connectionId: bytes(ID),
    announce,
    numbers: { port: 6881, left: 2, numwant: -1 }
  }
  t.same(parsePacket(bytes(...ANNOUNCE)), whole)
  t.same(parsePacket(bytes(...ANNOUNCE, '0209', '2f616e6e6f756e6365')), whole, 'options (BEP 41)')
  for (const [event, name] of [
    ['00000000', undefined], ['00000001', 'completed'], ['00000002', 'started'], ['00000003', 'stopped'],
    ['00000004', undefined], ['ffffffff', undefined]
  ] as const) {
    t.match(parsePacket(replaced(8, event)), { announce: { event: name } }, `event ${event}`)
  }
  const numbers = (field: number, value: string) => {
    const packet = parsePacket(replaced(field, value))
    return packet?.action === 'announce' ? announceNumbers(packet.numbers) : undefined
  }
  t.match(numbers(11, '00000000'), { numwant: 0 })
  t.match(numbers(11, '7fffffff'), { numwant: 0x7FFFFFFF })
  for (const negative of ['ffffffff', 'fffffffe', '80000000']) {
    t.match(numbers(11, negative), { numwant: undefined }, 'negative')
  }
  for (const left of ['ffffffffffffffff', '8000000000000000', '7fffffffffffffff']) {
    t.ok((numbers(6, left)?.left ?? 0) > 2 ** 62, `it lacks ${left}`)
  }
  t.match(numbers(6, '0000000000000000'), { left: 0 })
  t.throws(() => numbers(12, '0000'), TrackerRefusal, 'port 0')
  const scrape = (count: number, rest = ''): Buffer => bytes(
    ID, '00000002', '00000007', ...Array.from({ length: count }, () => HASH), rest
  )
  for (const [count, hashes] of [[1, 1], [74, 74], [75, 74], [3000, 74]] as const) {
    t.match(
      parsePacket(scrape(count, 'abcdef')),
      { action: 'scrape', transactionId: 7, connectionId: bytes(ID), infoHashes: { length: hashes } },
      `${count} info hashes`
    )
  }
})

t.test('what is none', async (t) => {
  const whole = [
    bytes('0000041727101980', '00000000', '00000007'), bytes(...ANNOUNCE), bytes(ID, '00000002', '00000007', HASH)
  ]
  for (const packet of whole) {
    for (let length = 0; length < packet.length; length++) {
      t.equal(parsePacket(packet.subarray(0, length)), undefined, `the first ${length} of ${packet.length} bytes`)
    }
  }
  t.equal(parsePacket(bytes('0000041727101981', '00000000', '00000007')), undefined, 'another protocol')
  for (const action of ['00000003', '00000004', 'ffffffff']) {
    t.equal(parsePacket(replaced(1, action)), undefined, `action ${action}`)
  }
})
