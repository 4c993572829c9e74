import t from 'tap'
import { parseAnnounce, parseScrape } from '../../../../src/swarm/tracker/http/parse.js'
import { clientOf } from '../../../../src/swarm/tracker/client-identity.js'
import { InfoHash } from '../../../../src/torrent/info-hash.js'
import { TrackerRefusal } from '../../../../src/swarm/tracker/tracker-refusal.js'

const HASH = '%c9%E1Wc+%f2%3e%98%a2%9d%ec%df%ae4%1b%98%d50%00%ff'
const USUAL = {
  info_hash: HASH, peer_id: '-TR3000-ol1hbfs8cii7', port: '6881', uploaded: '0', downloaded: '0', left: '7'
}
const PEER_ID = Buffer.from('-TR3000-ol1hbfs8cii7')
const query = (changes: Record<string, string | undefined> = {}): string =>
  Object.entries({ ...USUAL, ...changes }).filter(([, value]) => value !== undefined).map(
    ([name, value]) => `${name}=${value}`
  ).join('&')

t.test('an announce', async (t) => {
  const infoHash = InfoHash.ofHex('c9e1576320f23e98a29decdfae341b98d53000ff')
  t.same(
    parseAnnounce(query()),
    { infoHash, port: 6881, left: 7, event: undefined, numwant: undefined, client: 0, compact: true },
    'escapes of either case, plain bytes, + for a space'
  )
  t.same(parseAnnounce(query({ event: 'started', numwant: '80', compact: '1', key: 'a=b', ip: '192.0.2.1' })), {
    infoHash, port: 6881, left: 7, event: 'started', numwant: 80, client: clientOf(PEER_ID, 'a=b'), compact: true
  })
  t.match(parseAnnounce(query({ compact: '0', event: 'empty', numwant: '-1' })), {
    compact: false, event: undefined, numwant: undefined
  })
  t.ok(parseAnnounce(query({ left: '9223372036854775807' })).left > 0, 'Transmission, of a magnet link')
  t.equal(parseAnnounce(query({ left: '18446744073709551615', numwant: '99999999999999999999' })).numwant, 1e20)
  t.equal(parseAnnounce(`&&=&=x&${query()}&port=1&left&x`).port, 6881, 'the first of several')
})

t.test('what clients say that have only a magnet link, or wishes that are none', async (t) => {
  for (const left of [undefined, '', '-1', '-0', 'NaN', '1e400', '0x0', '0.0', '1'.repeat(21), '9'.repeat(400), 'x']) {
    t.ok(parseAnnounce(query({ left })).left > 0, `left=${left?.slice(0, 30)}`)
  }
  t.equal(
    parseAnnounce(query({ left: undefined }).replace('port', 'left&port')).left,
    Infinity,
    'WebTorrent: a name and nothing else'
  )
  for (const left of ['0', '000']) t.equal(parseAnnounce(query({ left })).left, 0, 'has all')
  for (const numwant of [undefined, '', '-1', '-2', '-2147483648', 'abc', '1.5', '1e9']) {
    t.equal(parseAnnounce(query({ numwant })).numwant, undefined, `numwant=${numwant}`)
  }
  t.equal(parseAnnounce(query({ numwant: '0' })).numwant, 0)
})

t.test('which client it is', async (t) => {
  const client = (peerId: string, key: string): number => parseAnnounce(query({ peer_id: peerId, key })).client
  const [one, other] = ['-TR3000-ol1hbfs8cii7', '-TR3000-ol1hbfs8cii8']
  const some = [
    [one, '1234abcd'], [one, '1234abce'], [other, '1234abcd'], [one, 'not hexadecimal'], [one, '1'.repeat(60)]
  ] as const
  t.equal(new Set(some.map(([peerId, key]) => client(peerId, key))).size, some.length)
  for (const [peerId, key] of some) t.equal(client(peerId, key), client(peerId, key))
  t.equal(client(one, '1234ABCD'), clientOf(Buffer.from(one), 0x1234ABCD), 'over UDP it is the same')
  t.equal(client(one, '0000000a'), client(one, 'a'))
  for (const key of ['', '0', '00000000']) {
    t.equal(client(one, key), 0, 'none: what all that it is connected with can say')
  }
  for (const [peerId, key] of some) t.ok(Number.isSafeInteger(client(peerId, key)) && client(peerId, key) > 0)
})

t.test('what is no announce', async (t) => {
  const wrong: Array<Record<string, string | undefined>> = [
    ...['info_hash', 'peer_id', 'port'].map((name) => ({ [name]: undefined })),
    ...[
      '', 'a'.repeat(19), 'a'.repeat(21), `${'a'.repeat(19)}%`, `${'a'.repeat(19)}%4`, `${'a'.repeat(19)}%4x`,
      `${'a'.repeat(19)}%%41`, '%41'.repeat(1000)
    ].flatMap(
      (id) => [{ info_hash: id }, { peer_id: id }]
    ),
    ...['', '0', '65536', '-1', '1.5', '1e3', 'NaN', '0x1', ' 1', '6881 ', '1'.repeat(1000)].map((port) => ({ port }))
  ]
  for (const changes of wrong) {
    t.throws(() => parseAnnounce(query(changes)), TrackerRefusal, JSON.stringify(changes).slice(0, 60))
  }
  t.throws(() => parseAnnounce(`${query()}&info_hash=${HASH}`), TrackerRefusal, 'two info hashes')
})

t.test('a scrape', async (t) => {
  const hashes = (count: number): string => Array.from({ length: count }, () => `info_hash=${HASH}`).join('&')
  for (const count of [1, 2, 74]) t.equal(parseScrape(hashes(count)).length, count)
  for (const wrong of ['', 'info_hash=', 'info_hash=abc', 'x=1', hashes(75), `${hashes(2)}&info_hash=x`]) {
    t.throws(() => parseScrape(wrong), TrackerRefusal, wrong.slice(-20))
  }
})
