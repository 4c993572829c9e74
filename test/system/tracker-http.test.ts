import { GetObjectTorrentCommand } from '@aws-sdk/client-s3'
import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, linkSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { runLibtorrent } from '../support/libtorrent.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'
import { ownEndpoint } from '../support/bittorrent/own-endpoint.js'
import { announce, announcePath, announced, scrapePath } from '../support/tracker-client.js'
import type { AnnounceParameters, Announced, TrackerAt } from '../support/tracker-client.js'
import { until } from '../support/until.js'

const OWN = { accessKeyId: 'AKIASERVER', secretAccessKey: 'server-secret-server-secret' }
const TORRENTS = 50
const PEERS_PER_ADDRESS_AND_SWARM = 32
const MAX_PEERS = 100
const RETRY_MINUTES = 15
const UNKNOWN = randomBytes(20).toString('hex')

const buckets = t.testdir({ open: {}, closed: {} })
mkdirSync(join(buckets, 'open/at-once'))
for (let i = 0; i < TORRENTS; i++) writeFileSync(join(buckets, `open/at-once/${i}`), contentAt(i, 0, 1000 + i))
for (const name of ['open/film.bin', 'closed/film.bin']) {
  writeFileSync(join(buckets, name), contentAt(name.length, 0, 50_000))
}
const origin = await startFaultyOrigin(t)
const ports = await Promise.all(Array.from({ length: 6 }, freePort))
const [plainPort = 0, plainPeer = 0, proxiedPort = 0, proxiedPeer = 0, bothPort = 0, bothPeer = 0] = ports
const [server, proxied, both] = await Promise.all([
  startServer(t, {
    args: [
      '--origin', buckets, '--anonymous', 'deny', '--public', 'open', '--tracker-port', String(plainPort),
      '--peer-port', String(plainPeer)
    ],
    env: { AWS_ACCESS_KEY_ID: OWN.accessKeyId, AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey }
  }),
  startServer(t, {
    args: [
      '--origin', origin.endpoint, '--tracker-port', String(proxiedPort), '--peer-port', String(proxiedPeer),
      '--trust-proxy', '127.0.0.0/24', '--trust-proxy', '2001:db8:ffff::/48', '--announce-interval', '1'
    ]
  }),
  startServer(t, {
    args: ['--origin', buckets, '--host', '::', '--tracker-port', String(bothPort), '--peer-port', String(bothPeer)]
  })
])
const tracker = { port: plainPort }

/** A torrent of its own, so a swarm of its own, at one of the servers. */
let made = 0
async function torrentOf (at: { port: number }, key: string): Promise<string> {
  const { status, body } = await httpGet({ port: at.port, path: `/${key}?torrent` })
  if (status !== 200) throw new Error(`${key}: ${status}`)
  return (await parsed(body)).infoHash
}

function newTorrent (at: 'directory' | 'origin' = 'directory'): Promise<string> {
  const [key, body] = [`new-${made++}`, randomBytes(1000)]
  if (at === 'directory') writeFileSync(join(buckets, 'open', key), body)
  else origin.put('open', key, { body, public: true })
  return torrentOf(at === 'directory' ? server : proxied, `open/${key}`)
}

const counts = ({ complete, incomplete, downloaded }: Announced): number[] => [complete, incomplete, downloaded]
const at = (from: string, infoHash: string, parameters: AnnounceParameters = {}): Promise<Announced> => announce(
  tracker, infoHash, parameters, { from }
)
/** Through a trusted proxy, which says who asks. */
const via = (forwarded: string, infoHash: string, parameters: AnnounceParameters = {}, to: TrackerAt = {
  port: proxiedPort
}): Promise<Announced> =>
  announce(to, infoHash, parameters, { headers: { 'x-forwarded-for': forwarded } })
const ownSeeder = `127.0.0.1:${plainPeer}`

t.test('a swarm, from the first peer to the last', async (t) => {
  const infoHash = await newTorrent()
  const first = await at('127.0.0.5', infoHash, { event: 'started', port: 1005 })
  t.strictSame(first, {
    failure: undefined,
    retryIn: undefined,
    interval: 900,
    minInterval: 300,
    complete: 1,
    incomplete: 1,
    downloaded: 0,
    externalAddress: '127.0.0.5',
    peers: [
      ownSeeder
    ]
  }, 'the own seeder, and not the announcer itself')
  const second = await at('127.0.0.6', infoHash, { event: 'started', port: 1006 })
  t.same([counts(second), second.peers], [[1, 2, 0], ['127.0.0.5:1005', ownSeeder]])
  t.same(
    (await at('127.0.0.6', infoHash, { port: 1006, event: 'paused' })).peers,
    ['127.0.0.5:1005', ownSeeder],
    'again, and paused (BEP 21)'
  )
  const done = await at('127.0.0.5', infoHash, { event: 'completed', left: 0, port: 1005 })
  t.same([counts(done), done.peers], [[2, 1, 1], ['127.0.0.6:1006', ownSeeder]])
  t.same(
    counts(await at('127.0.0.5', infoHash, { event: 'completed', left: 0, port: 1005 })),
    [2, 1, 1],
    'said twice, counted once'
  )
  t.same(
    counts(await at('127.0.0.7', infoHash, { event: 'completed', left: 0, port: 1007 })),
    [3, 1, 1],
    'nor is it counted of who was not there'
  )
  t.equal(
    (await at('127.0.0.7', infoHash, { left: 0, port: 1007 })).peers[0],
    '127.0.0.6:1006',
    'a seeder gets leechers first'
  )
  const left = await at('127.0.0.6', infoHash, { event: 'stopped', port: 1006 })
  t.same([counts(left), left.peers], [[3, 0, 1], []], 'who leaves needs no peers')
  t.same(counts(await at('127.0.0.6', infoHash, { event: 'stopped', port: 1006 })), [3, 0, 1], 'and leaves once')
  t.same(counts(await at('127.0.0.9', infoHash, { event: 'stopped', port: 1005 })), [3, 0, 1], 'for nobody else')
  await at('127.0.0.5', infoHash, { event: 'stopped', port: 1005 })
  const last = await at('127.0.0.7', infoHash, { event: 'stopped', port: 1007 })
  t.same([counts(last), last.peers], [[1, 0, 0], []], 'the seeder stays')
})

t.test('how many peers, and in which form', async (t) => {
  const infoHash = await newTorrent()
  const all = Array.from({ length: 130 }, (_, i) => `127.0.${i}.5:${1000 + i}`)
  await Promise.all(all.map((_, i) => at(`127.0.${i}.5`, infoHash, { port: 1000 + i })))
  const from = '127.0.1.9'
  const asked = async (parameters: AnnounceParameters): Promise<string[]> => (await at(from, infoHash, {
    port: 1009, ...parameters
  })).peers
  for (const [numwant, count] of [
    [undefined, 50], [-1, 50], [0, 0], [1, 1], [10, 10], [200, MAX_PEERS], [999_999, MAX_PEERS]
  ] as const) {
    for (const compact of [undefined, 1, 0] as const) {
      const peers = await asked({ ...numwant !== undefined && { numwant }, ...compact !== undefined && { compact } })
      t.equal(peers.length, count, `numwant=${numwant} compact=${compact}`)
      t.equal(new Set(peers).size, count, 'no one twice')
      t.notOk(peers.includes(`${from}:1009`), 'not itself')
      if (count > 0) t.equal(peers.at(-1), ownSeeder)
      t.ok(peers.every((peer) => all.includes(peer) || peer === ownSeeder))
    }
  }
  const seen = new Set<string>()
  for (let i = 0; i < 100; i++) for (const peer of await asked({})) seen.add(peer)
  t.ok(seen.size > 100, `another part every time: ${seen.size} of 131 in 100 answers`)
  const { body } = await httpGet(
    { port: plainPort, path: announcePath(infoHash, { compact: 0, port: 1009, numwant: 1 }) }, { from }
  )
  t.match(body.toString('latin1'), `5:peersld2:ip9:127.0.0.14:porti${plainPeer}eeee`)
})

t.test('where a peer is, is where it comes from', async (t) => {
  const infoHash = await newTorrent()
  const watcher = async (): Promise<string[]> => (await at('127.0.0.9', infoHash, { port: 1009 })).peers
  const told = await announce(tracker, infoHash, {
    port: 1005, more: '&ip=192.0.2.1&ipv4=192.0.2.2:7&ipv6=2001:db8::1'
  }, {
    from: '127.0.0.5', headers: { 'x-forwarded-for': '192.0.2.3', forwarded: 'for=192.0.2.4', 'x-real-ip': '192.0.2.5' }
  })
  t.equal(told.externalAddress, '127.0.0.5', 'ip, ipv4, ipv6 and what no trusted proxy says are not looked at')
  t.same(await watcher(), ['127.0.0.5:1005', ownSeeder])

  const behind = await newTorrent('origin')
  const seen = async (forwarded: string): Promise<string> => (await via(forwarded, behind)).externalAddress
  t.equal(await seen('192.0.2.7'), '192.0.2.7', 'what a trusted proxy says')
  t.equal(
    await seen('192.0.2.6, 192.0.2.7'), '192.0.2.7', 'the right-most that is no proxy: the rest is what the client says'
  )
  t.equal(await seen('192.0.2.6, 192.0.2.7, 127.0.0.77, 2001:db8:ffff::1'), '192.0.2.7')
  t.equal(await seen('::ffff:192.0.2.8'), '192.0.2.8', 'IPv4 inside IPv6')
  t.equal(await seen('2001:db8::7'), '2001:db8:0:0:0:0:0:7')
  const untrusted = await announce({ port: proxiedPort }, behind, {}, {
    from: '127.0.1.1', headers: { 'x-forwarded-for': '192.0.2.7' }
  })
  t.equal(untrusted.externalAddress, '127.0.1.1', 'who is outside the range is no proxy')
})

t.test('IPv6', async (t) => {
  const infoHash = await torrentOf(both, 'open/film.bin')
  const six = { host: '::1', port: bothPort }
  const first = await announce(six, infoHash, { port: 1006 })
  t.same(
    [first.externalAddress, first.peers],
    ['0:0:0:0:0:0:0:1', [`0:0:0:0:0:0:0:1:${bothPeer}`]],
    'the seeder where the peer has reached the tracker'
  )
  t.same(
    (await announce(six, infoHash, { port: 1007 })).peers,
    ['0:0:0:0:0:0:0:1:1006', `0:0:0:0:0:0:0:1:${bothPeer}`],
    'peers6'
  )
  t.same((await announce(six, infoHash, { port: 1007, compact: 0 })).peers, ['::1:1006', `::1:${bothPeer}`])
  const { body } = await httpGet({ ...six, path: announcePath(infoHash) })
  t.match(body.toString('latin1'), '5:peers0:6:peers6', 'peers is there all the same')
  const four = await announce({ port: bothPort }, infoHash, { port: 1004 })
  t.same(
    [four.externalAddress, four.peers, four.complete, four.incomplete],
    ['127.0.0.1', [`127.0.0.1:${bothPeer}`], 1, 1],
    'an IPv4 peer of the same swarm, on the same socket, gets IPv4, and hears of no other'
  )
  t.same(
    (await announce({ port: bothPort }, infoHash, { port: 1005 })).peers, ['127.0.0.1:1004', `127.0.0.1:${bothPeer}`]
  )

  const behind = await newTorrent('origin')
  await via('2001:db8::7', behind, { port: 1007 })
  const peers = (await via('2001:db8:1::8', behind)).peers
  t.same(peers, ['2001:db8:0:0:0:0:0:7:1007'], 'no seeder where that listens on IPv4 only')
})

t.test('an address has 32 places in a swarm, of IPv6 a /64', async (t) => {
  const infoHash = await newTorrent('origin')
  for (const [name, address] of [
    ['IPv4', () => '192.0.2.1'], ['IPv6', (i: number) => `2001:db8:1:1::${i + 1}`]
  ] as const) {
    const answers = await Promise.all(Array.from(
      { length: PEERS_PER_ADDRESS_AND_SWARM + 8 }, (_, i) => via(address(i), infoHash, { port: 2000 + i, left: 5 })
    ))
    t.ok(
      answers.every(({ failure }) => failure === undefined), `${name}: who is over the limit has an answer all the same`
    )
  }
  for (const other of ['192.0.2.2', '2001:db8:1:2::1']) {
    t.equal((await via(other, infoHash)).incomplete, PEERS_PER_ADDRESS_AND_SWARM + 1, other)
  }
  await via('192.0.2.1', infoHash, { port: 2000, event: 'stopped' })
  t.equal(
    (await via('192.0.2.1', infoHash, { port: 3000 })).incomplete,
    PEERS_PER_ADDRESS_AND_SWARM + 1,
    'a place that gets free is given again'
  )
})

t.test('silent peers are forgotten', async (t) => {
  const infoHash = await newTorrent('origin')
  await Promise.all(
    [via('192.0.2.1', infoHash, { event: 'started' }), via('192.0.2.2', infoHash, { event: 'started', left: 0 })]
  )
  let last = await via('192.0.2.9', infoHash, { event: 'stopped' })
  t.same([last.interval, last.complete, last.incomplete], [1, 1, 1])
  await until('both are forgotten', async () => {
    last = await via('192.0.2.9', infoHash, { event: 'stopped' })
    return last.incomplete + last.complete === 0
  })
  t.same(counts(last), [0, 0, 0])
})

t.test('what is not in the swarm', async (t) => {
  const client = s3Client(t, { endpoint: server.url, keyPair: OWN })
  const { Body } = await client.send(new GetObjectTorrentCommand({ Bucket: 'closed', Key: 'film.bin' }))
  const { infoHash } = await parsed(await Body?.transformToByteArray() ?? new Uint8Array())
  const known = await newTorrent()
  const answers = await Promise.all(
    [UNKNOWN, infoHash].map(async (hash) => httpGet({ port: plainPort, path: announcePath(hash) }))
  )
  t.strictSame(
    answers.map(({ status, body }) => [status, announced(body).failure, announced(body).retryIn]),
    Array.from({ length: 2 }, () => [200, 'This tracker has no such torrent.', RETRY_MINUTES]),
    'not never: it may be published'
  )
  t.same(answers[0]?.body, answers[1]?.body, 'a private object, and what is none')
  const [scraped] = await decoded(
    t, (await httpGet({ port: plainPort, path: scrapePath(UNKNOWN, infoHash, known) })).body
  )
  t.same(Object.keys(scraped?.value[hex('files')] ?? {}), [known])
})

t.test('what is no announce', async (t) => {
  const infoHash = await newTorrent()
  const usual = announcePath(infoHash)
  const wrong = ['/announce', '/announce?', usual.replace('info_hash=', 'info_hash=%00'), usual.replace(
    'info_hash', 'infohash'
  ), usual.replace('123456789012', '12345678901'), `${usual}&info_hash=x`,
  usual.replace('port=6999', 'port=0'), usual.replace('port=6999', 'port=70000'), usual.replace(
    'port=6999', 'port='
  ), usual.replace(
    '&port=6999', ''
  )]
  for (const path of wrong) {
    const { status, headers, body } = await httpGet({ port: plainPort, path })
    const { failure, retryIn } = announced(body)
    t.same([status, headers['content-type'], retryIn], [200, 'text/plain', undefined], path)
    t.type(failure, 'string')
  }
  t.same(counts(await announce(tracker, infoHash, { event: 'stopped' })), [1, 0, 0], 'nobody has come in')
  t.equal(
    (await announce(tracker, infoHash, { left: '9223372036854775807' })).failure,
    undefined,
    'Transmission, of a magnet link'
  )
  t.equal(
    (await announce(tracker, infoHash, {
      more: '&event=&trackerid=x&key=1234&no_peer_id=1&supportcrypto=1&corrupt=0'
    })).failure,
    undefined,
    'what else clients say'
  )
})

t.test('a client that has only a magnet link does not know what it lacks', async (t) => {
  const infoHash = await newTorrent()
  const usual = announcePath(infoHash)
  const asked = async (path: string): Promise<Announced> => announced((await httpGet({ port: plainPort, path })).body)
  for (const left of ['&left', '&left=', '', '&left=-1', '&left=NaN', '&left=1e400']) {
    t.match(
      await asked(usual.replace('&left=1', left)),
      { failure: undefined, complete: 1, incomplete: 1, peers: [ownSeeder] },
      left
    )
    t.match(
      await asked(`${usual.replace('&left=1', left)}&event=stopped`),
      { failure: undefined, incomplete: 0 },
      `${left}, stopped`
    )
  }
  for (const numwant of ['', '-1', '-2', 'abc', '1e9']) {
    t.match(
      await asked(`${usual}&numwant=${numwant}`), { failure: undefined, peers: [ownSeeder] }, `numwant=${numwant}`
    )
  }
})

t.test('who asks is told of peers that are good where it is, and of the own seeder by the same rule', async (t) => {
  const infoHash = await newTorrent('origin')
  const near = ['10.1.2.3', '172.18.0.1', '192.168.1.5', '169.254.3.4', '100.64.0.9']
  for (const [i, address] of [...near, 'fd00::5', '198.51.100.5'].entries()) {
    await via(address, infoHash, { port: 1000 + i })
  }
  await announce({ port: proxiedPort }, infoHash, { port: 1100, left: 0 }, { from: '127.0.1.1' })
  t.match(
    await via('203.0.113.7', infoHash, { event: 'started' }),
    { complete: 0, incomplete: 2, peers: ['198.51.100.5:1006'] },
    'a stranger'
  )
  t.match(await via('2001:db8::7', infoHash), { complete: 0, incomplete: 1, peers: [] })
  const { peers, complete } = await via('10.9.9.9', infoHash)
  t.same([peers.length, complete], [6, 0], 'of its own and other such networks, and strangers; of no loopback address')
  t.notOk(peers.some((peer) => peer.startsWith('127.') || peer.startsWith('169.254.')))
  const here = await announce({ port: proxiedPort }, infoHash, { port: 1101 }, { from: '127.0.1.2' })
  t.same(
    [here.peers.length, here.peers.at(-1), here.complete],
    [10, `127.0.0.1:${proxiedPeer}`, 2],
    'on this machine all, and its seeder'
  )
  for (const address of ['0.0.0.0', '255.255.255.255', '224.0.0.1', 'ff02::1', '::']) {
    t.type((await via(address, infoHash)).failure, 'string', address)
  }
})

t.test('one client of two families counts once, and is told of at both', async (t) => {
  const own = await torrentOf(both, 'open/film.bin')
  const [four, six] = [{ port: bothPort }, { host: '::1', port: bothPort }]
  for (const at of [four, six]) await announce(at, own, { port: 2000, event: 'started', more: '&key=1f2e3d4c' })
  for (const [at, peer] of [[four, '127.0.0.1:2000'], [six, '0:0:0:0:0:0:0:1:2000']] as const) {
    const before = await announce(at, own, { port: 2001, event: 'stopped' })
    t.ok((await announce(at, own, { port: 2001 })).peers.includes(peer), peer)
    await announce(at, own, { port: 2001, event: 'stopped' })
    for (const event of ['completed', 'completed'] as const) {
      await announce(at, own, { port: 2000, event, left: 0, more: '&key=1f2e3d4c' })
    }
    t.equal(
      (await announce(at, own, { port: 2001, event: 'stopped' })).downloaded - before.downloaded, at === four ? 1 : 0
    )
  }
})

t.test('a file that was touched, and nothing else, has the same swarm as soon as it is hashed again', async (t) => {
  const file = join(buckets, 'open', `touched-${made++}`)
  const bytes = randomBytes(50_000)
  writeFileSync(file, bytes)
  const torrent = async () => parsed((await httpGet(`${server.url}/open/${basename(file)}?torrent`)).body)
  const { infoHash, urlList: [seed = ''] } = await torrent()
  const range = () => httpGet(seed, { headers: { range: 'bytes=100-199' } })
  for (const change of [
    () => chmodSync(file, 0o640),
    () => { linkSync(file, `${file}.link`) },
    () => { renameSync(file, `${file}.away`); renameSync(`${file}.away`, file) },
    () => { copyFileSync(file, `${file}.copy`); renameSync(`${file}.copy`, file) }
  ]) {
    change()
    t.equal((await range()).status, 404, 'nobody has looked whether it is the same')
    const again = await torrent()
    t.equal(again.infoHash, infoHash)
    t.not(again.urlList[0], seed)
    const { status, body } = await range()
    t.same([status, body], [206, bytes.subarray(100, 200)], 'the web seed of the old torrent')
    t.match(await announce(tracker, infoHash, { event: 'stopped' }), { failure: undefined, complete: 1 })
  }
  bytes.writeUInt8(bytes.readUInt8(150) ^ 1, 150)
  writeFileSync(file, bytes)
  t.equal((await range()).status, 404)
  t.not((await torrent()).infoHash, infoHash)
  t.equal((await range()).status, 404, 'other bytes are never sent for it')
})

t.test('other methods and paths', async (t) => {
  const path = announcePath(await newTorrent())
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
    const { status, headers } = await httpGet({ port: plainPort, path }, { method })
    t.same([status, headers.allow], [405, 'GET'], method)
  }
  for (const other of [
    '/', '/announce/', '/announce/x', '/announce2', '/ANNOUNCE', '/scrape/', '/stats', '//announce',
    '/open/film.bin?torrent'
  ]) {
    t.equal((await httpGet({ port: plainPort, path: other })).status, 404, other)
  }
  t.match(
    (await rawRequest(plainPort, `GET ${path}&x=${'x'.repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`)),
    { status: 431, closed: true },
    'a head of 9 KB'
  )
  t.match((await rawRequest(plainPort, 'not HTTP\r\n\r\n')), { status: 400, closed: true })
  const pipelined = await rawRequest(plainPort, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(3))
  t.equal(pipelined.raw.toString('latin1').split('d8:complete').length - 1, 3, 'three requests at once')
})

t.test('scrape', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  const infoHashes = [await newTorrent(), await newTorrent(), await newTorrent()]
  const [empty = '', leechers = '', seeders = ''] = infoHashes
  await Promise.all([at('127.0.0.5', leechers), at('127.0.0.6', leechers), at('127.0.0.5', seeders, { left: 0 })])
  await at('127.0.0.6', leechers, { event: 'completed', left: 0 })
  const get = async (path: string): Promise<Buffer> => (await httpGet({ port: plainPort, path })).body
  const [one, three, twice, most] = await decoded(t, await get(scrapePath(leechers)), await get(
    scrapePath(UNKNOWN, ...infoHashes)
  ), await get(
    scrapePath(leechers, leechers)
  ),
  await get(scrapePath(leechers, ...Array.from({ length: 73 }, () => randomBytes(20).toString('hex')))))
  const entry = (complete: number, incomplete: number, downloaded: number) => ({
    [hex('complete')]: complete, [hex('incomplete')]: incomplete, [hex('downloaded')]: downloaded
  })
  const files = (entries: Record<string, object>) => ({ canonical: true, value: { [hex('files')]: entries } })
  t.same(one, files({ [leechers]: entry(2, 1, 1) }))
  t.same(
    three,
    files({ [empty]: entry(1, 0, 0), [leechers]: entry(2, 1, 1), [seeders]: entry(2, 0, 0) }),
    'keys are 20 raw bytes, sorted as such'
  )
  t.same(twice, one)
  t.same(most, one, '74 info hashes')
  t.match(announced(await get('/scrape')), { failure: /info_hash/, retryIn: undefined }, 'there is no full scrape')
  t.match(announced(await get(scrapePath('00'))), { failure: /20 bytes/ })
  t.match(announced(await get(scrapePath(...Array.from({ length: 75 }, () => leechers)))), { failure: /74/ })
})

t.test('libtorrent announces and scrapes, over HTTP and UDP', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  const dir = tempDir(t)
  writeFileSync(join(buckets, 'open/real'), randomBytes(1000))
  const { body } = await httpGet(`${server.url}/open/real?torrent`)
  writeFileSync(join(dir, 'real.torrent'), body)
  const { infoHash } = await parsed(body)
  await at('127.0.0.5', infoHash, { left: 0 })
  const urls = ['http', 'udp'].map((protocol) => `${protocol}://127.0.0.1:${plainPort}/announce`)
  const { address, port } = await ownEndpoint()
  t.same(await runLibtorrent(['scrape', join(dir, 'real.torrent'), dir, '20', `${address}:${port}`], 40), {
    announced: Object.fromEntries(urls.map((url) => [url, 2])),
    scraped: Object.fromEntries(
      urls.map((url) => [url, [2, 1]])
    ),
    failed: []
  })
  t.same(counts(await at('127.0.0.5', infoHash, { event: 'stopped' })), [1, 0, 0], 'and it has left')
})

t.test('a torrent is known when its answer has ended', async (t) => {
  let unknown = 0
  for (let i = 0; i < TORRENTS; i++) {
    const infoHash = await torrentOf(server, `open/at-once/${i}`)
    if ((await announce(tracker, infoHash)).failure !== undefined) unknown++
  }
  t.equal(unknown, 0)
})

t.test('while the origin cannot be asked', async (t) => {
  const away = await startFaultyOrigin(t)
  const port = await freePort()
  const args = ['--origin', away.endpoint, '--tracker-port', String(port), '--data-dir', t.testdir({})]
  const behind = await startServer(t, { args })
  away.put('open', 'film.bin', { body: randomBytes(1000), public: true })
  const infoHash = await torrentOf(behind, 'open/film.bin')
  const back = away.port
  await away.close()
  t.equal(
    (await announce({ port }, infoHash)).failure,
    undefined,
    'it was public when its torrent was answered, half a minute ago at most'
  )
  await behind.stop()
  await startServer(t, { args })
  const answers = await Promise.all([announce({ port }, infoHash), announce({ port }, infoHash)])
  for (const { failure, retryIn } of answers) {
    t.type(failure, 'string')
    t.ok(typeof retryIn === 'number' && retryIn >= 1 && retryIn <= 15, `BEP 31: in ${retryIn} minutes`)
  }
  const scraped = await httpGet({ port, path: scrapePath(infoHash) })
  t.equal(scraped.body.toString('latin1'), 'd5:filesdee')
  t.equal((await announce({ port }, UNKNOWN)).retryIn, RETRY_MINUTES, 'what was never issued needs no origin')
  await away.listen(back)
  t.equal((await announce({ port }, infoHash)).failure, undefined, 'and when it is back')
})

const hex = (text: string): string => Buffer.from(text).toString('hex')

/** As libtorrent reads them, byte strings in hexadecimal digits. */
async function decoded (t: Test, ...documents: Buffer[]): Promise<Array<{
  value: Record<string, Record<string, object>>
  canonical: boolean
}>> {
  if (!need(t, 'python-libtorrent')) return []
  return await runLibtorrent(['decode', ...documents.map((document) => document.toString('hex'))], 20) as Array<{
    value: Record<string, Record<string, object>>
    canonical: boolean
  }>
}

t.test('nothing went wrong inside', async (t) => {
  for (const each of [server, proxied, both]) t.notMatch(each.stderr(), /"level":[56]0/)
})
