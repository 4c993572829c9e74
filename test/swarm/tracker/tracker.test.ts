import t from 'tap'
import type { Test } from 'tap'
import { addressBytes, formatAddress } from '../../../src/net/endpoint.js'
import { CannotTell } from '../../../src/swarm/public-torrents.js'
import type { PublicTorrent } from '../../../src/swarm/public-torrents.js'
import { SeederAddress } from '../../../src/swarm/seeder/seeder-address.js'
import { Seeder } from '../../../src/swarm/seeder/seeder.js'
import type { SeederParts } from '../../../src/swarm/seeder/seeder.js'
import { MemorySwarmStore } from '../../../src/peers/memory/memory-swarm-store.js'
import { SwarmsUnavailable } from '../../../src/peers/swarm-store.js'
import { InfoHash } from '../../../src/torrent/info-hash.js'
import { TrackerRefusal } from '../../../src/swarm/tracker/tracker-refusal.js'
import { Tracker } from '../../../src/swarm/tracker/tracker.js'
import type { AnnounceReply, AnnounceRequest, ScrapeCounts, TrackerParts } from '../../../src/swarm/tracker/tracker.js'

const INFO_HASH = InfoHash.ofBytes(Buffer.alloc(20, 1))
const OWN = '7f0000011ae1'

const USUAL: AnnounceRequest = {
  infoHash: INFO_HASH, port: 1000, left: 1, event: undefined, numwant: undefined, client: 0
}

type Asked = Partial<AnnounceRequest> & { from?: string, at?: string }
interface Tracking {
  tracker: Tracker,
  announce: (asked?: Asked) => Promise<AnnounceReply>,
  scrape: (
    from: string, at?: string
  ) => Promise<ScrapeCounts | undefined>
}

/** A tracker of one torrent, beside a seeder. */
function tracking (t: Test, { pieceLength = 16_384, host = '127.0.0.1', told = [] as string[] } = {}): Tracking {
  const object = { bucket: 'media', key: 'film.bin' }
  const torrent: PublicTorrent = {
    object,
    identity: { origin: 'here', ...object, etag: '"1"', size: 2 ** 36, pieceLength, metaVersion: 1, xAmzInfo: false }
  }
  const parts: Partial<SeederParts> = { uploadSlots: 1, address: new SeederAddress({ port: 6881, host, told }) }
  const seeder = new Seeder(parts as SeederParts)
  const swarms = new MemorySwarmStore({ silence: 60 })
  const tracker = new Tracker({ torrents: { find: async () => torrent }, seeder, swarms, interval: 30 })
  t.teardown(async () => {
    await swarms.close()
    seeder.close()
  })
  const connection = (from: string, at?: string) => ({
    address: addressBytes(from) ?? Buffer.alloc(0), reached: at === undefined ? undefined : addressBytes(at)
  })
  return {
    tracker,
    announce: async ({ from = '127.0.0.1', at, ...request } = {}) => tracker.announce(
      { ...USUAL, ...request }, connection(from, at)
    ),
    scrape: async (from, at) => (await tracker.scrape([INFO_HASH], connection(from, at))).get(INFO_HASH.hex)
  }
}

t.test('the own seeder is a peer of what it seeds', async (t) => {
  const { announce, scrape } = tracking(t)
  const { complete, incomplete, peers } = await announce()
  t.same([complete, incomplete, peers.toString('hex')], [1, 1, OWN])
  t.same(await scrape('127.0.0.1'), { complete: 1, incomplete: 1, downloaded: 0 })
})

t.test('and of no other: pieces that are too long to be read whole', async (t) => {
  const { announce, scrape } = tracking(t, { pieceLength: 2 ** 25 })
  const { complete, incomplete, peers } = await announce()
  t.same([complete, incomplete, peers.toString('hex')], [0, 1, ''])
  t.same(await scrape('127.0.0.1'), { complete: 0, incomplete: 1, downloaded: 0 })
})

t.test('who has nothing left may have a magnet link and nothing else, as aria2', async (t) => {
  const { announce } = tracking(t)
  t.equal((await announce({ left: 0, event: 'started' })).peers.toString('hex'), OWN)
  t.equal((await announce({ left: 0, event: 'started', numwant: 0 })).peers.toString('hex'), '')
})

const seederOf = ({ complete, peers }: AnnounceReply): [number, string] => [
  complete, peers.length === 0 ? '' : formatAddress(peers.subarray(0, -2))
]

t.test('where the own seeder is, for whom; who cannot be told of it does not see it counted', async (t) => {
  const [STRANGER, STRANGER_6] = ['198.51.100.7', '2001:db8:7::7']
  for (const [what, options, from, at, told] of [
    ['loopback', {}, STRANGER, undefined, ''],
    ['loopback', {}, '10.0.0.7', undefined, ''],
    ['loopback', {}, '127.0.0.9', undefined, '127.0.0.1'],
    ['all, reached on the LAN', { host: '0.0.0.0' }, '10.0.0.7', '10.0.0.1', '10.0.0.1'],
    ['all, reached through a NAT that strangers are seen behind', { host: '0.0.0.0' }, STRANGER, '10.0.0.1', ''],
    ['all', { host: '0.0.0.0' }, STRANGER, '198.51.100.1', '198.51.100.1'],
    ['IPv4 alone', { host: '0.0.0.0' }, STRANGER_6, undefined, ''],
    ['all of both, reached by IPv6', { host: '::' }, STRANGER_6, '2001:db8::1', '2001:db8::1'],
    ['told', { told: ['198.51.100.1'] }, STRANGER, undefined, '198.51.100.1'],
    ['told, on the LAN too', { host: '0.0.0.0', told: ['198.51.100.1'] }, '10.0.0.7', '10.0.0.1', '198.51.100.1'],
    [
      'told loopback, as for a container on this machine',
      { host: '0.0.0.0', told: ['127.0.0.1'] },
      '172.18.0.1',
      '172.18.0.2',
      '127.0.0.1'
    ],
    ['told what is of no use', { host: '0.0.0.0', told: ['10.0.0.1'] }, STRANGER, '198.51.100.1', '198.51.100.1'],
    [
      'told of one family, reached by the other',
      { host: '::', told: ['198.51.100.1'] },
      STRANGER_6,
      '2001:db8::1',
      '2001:db8::1'
    ],
    ['told of the other', { host: '::', told: ['2001:db8::2'] }, STRANGER, '198.51.100.1', '198.51.100.1'],
    ['told of both', { host: '::', told: ['198.51.100.1', '2001:db8::2'] }, STRANGER, '10.0.0.1', '198.51.100.1'],
    ['told of both', { host: '::', told: ['198.51.100.1', '2001:db8::2'] }, STRANGER_6, '2001:db8::1', '2001:db8::2']
  ] as const) {
    const { announce, scrape } = tracking(t, { ...options, told: [...'told' in options ? options.told : []] })
    const complete = told === '' ? 0 : 1
    t.same(seederOf(await announce({ from, ...at !== undefined && { at } })), [complete, told], `${what}: ${from}`)
    t.equal((await scrape(from, at))?.complete, complete)
  }
})

t.test('peers, and how many, are those that the asker can be told of', async (t) => {
  const { announce, scrape } = tracking(t, { pieceLength: 2 ** 25 })
  const peers = [
    '127.0.0.1', '169.254.3.4', '10.1.2.3', '172.18.0.1', '192.168.1.1', '100.64.0.1', '198.51.100.1', '::1', 'fe80::1',
    'fd00::1', '2001:db8::1'
  ]
  for (const from of peers) await announce({ from, left: 0 })
  for (const [from, count] of [
    ['198.51.100.7', 1], ['10.9.9.9', 5], ['100.64.9.9', 5], ['169.254.9.9', 6], ['127.0.0.9', 7], ['2001:db8::7', 1],
    ['fd00::7', 2], ['fe80::7', 3]
  ] as const) {
    const { complete, incomplete, peers } = await announce({ from })
    t.same([complete, peers.length / (from.includes(':') ? 18 : 6)], [count, count], from)
    t.equal(incomplete, 1, 'itself')
    t.same(await scrape(from), { complete, incomplete, downloaded: 0 })
    await announce({ from, event: 'stopped' })
  }
})

t.test('nobody is at an address that is none', async (t) => {
  const { announce, scrape } = tracking(t)
  for (const from of ['0.0.0.0', '0.1.2.3', '224.0.0.1', '240.0.0.1', '255.255.255.255', '::', 'ff02::1', '::7f00:1']) {
    await t.rejects(announce({ from }), TrackerRefusal, from)
    await t.rejects(scrape(from), TrackerRefusal, from)
  }
})

t.test('a client of two families completes once', async (t) => {
  const { announce } = tracking(t)
  const both = ['198.51.100.1', '2001:db8::1']
  for (const event of ['started', 'completed'] as const) {
    for (const from of both) await announce({ from, event, left: event === 'started' ? 9 : 0, client: 7 })
  }
  for (const from of both) {
    t.match(await announce({ from, left: 0, client: 7 }), { complete: 1, incomplete: 0, downloaded: 1 })
  }
})

t.test('an own seeder takes one place of those that are wanted, and the last', async (t) => {
  const { announce } = tracking(t)
  for (let port = 1; port <= 9; port++) await announce({ port, left: port % 2 })
  for (const numwant of [1, 2, 5]) {
    const { peers } = await announce({ numwant })
    t.equal(peers.length, 6 * numwant)
    t.equal(peers.toString('hex', peers.length - 6), OWN)
  }
})

/** A tracker whose parts answer as they are told. */
function asking (parts: Pick<TrackerParts, 'torrents'> & Partial<TrackerParts>): Tracker {
  return new Tracker({ swarms: NOT_ASKED, seeder: undefined, interval: 1800, ...parts })
}

const notAsked = async (): Promise<never> => { throw new Error('it is not asked') }
const NOT_ASKED = { announce: notAsked, scrape: notAsked, forget: notAsked }

const HERE = { address: Buffer.from([127, 0, 0, 1]), reached: undefined }

t.test('what cannot be asked now is asked again in a minute', async (t) => {
  const identity = {
    origin: 'here', bucket: 'b', key: 'k', etag: '"1"', size: 1, pieceLength: 16_384, metaVersion: 1, xAmzInfo: false
  } as const
  const find = async (): Promise<PublicTorrent> => ({ object: { bucket: 'b', key: 'k' }, identity })
  const unavailable = async (): Promise<never> => { throw new SwarmsUnavailable('no connection') }
  const swarms = { announce: unavailable, scrape: unavailable, forget: unavailable }
  for (const [what, tracker] of Object.entries({
    'the origin': asking({ torrents: { find: async () => { throw new CannotTell('it is down') } } }),
    peers: asking({ torrents: { find }, swarms }),
    'peers of a torrent that is not public': asking({ torrents: { find: async () => undefined }, swarms })
  })) {
    const refusal = await tracker.announce(USUAL, HERE).catch((error: unknown) => error)
    t.ok(refusal instanceof TrackerRefusal, what)
    t.match(refusal, { retryIn: 1, message: /now\.$/ })
  }
  await t.rejects(asking({ torrents: { find }, swarms }).scrape([INFO_HASH], HERE), TrackerRefusal)
  const broken = asking({ torrents: { find: async () => { throw new TypeError('a fault of ours') } } })
  await t.rejects(broken.announce(USUAL, HERE), TypeError, 'and a fault stays one')
})

t.test('a torrent that is not public anymore is forgotten before anybody hears of it', async (t) => {
  const forgotten: InfoHash[] = []
  const tracker = asking({
    torrents: { find: async () => undefined },
    swarms: { ...NOT_ASKED, forget: async (infoHash) => { forgotten.push(infoHash) } }
  })
  t.match(await tracker.announce(USUAL, HERE).catch((error: unknown) => error), {
    message: 'This tracker has no such torrent.', retryIn: 30
  })
  t.same(forgotten, [INFO_HASH])
  t.equal((await tracker.scrape([INFO_HASH], HERE)).size, 0, 'and of a scrape it is no part')
})
