import t from 'tap'
import type { Test } from 'tap'
import { PublicAccess } from '../../src/access/public-access.js'
import { SameBytes } from '../../src/access/same-bytes.js'
import { Delivery } from '../../src/delivery/delivery.js'
import { Hasher } from '../../src/hashing/hasher.js'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { getObjectTorrent } from '../../src/operations/get-object-torrent.js'
import type { GetObjectTorrentParts } from '../../src/operations/get-object-torrent.js'
import { getWebSeed } from '../../src/operations/get-web-seed.js'
import { MemoryStore } from '../../src/store/memory/memory-store.js'
import { identityOf } from '../../src/torrent/identity.js'
import { InfoHash } from '../../src/torrent/info-hash.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { until } from '../support/until.js'

const keyPair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const client = { accessKeyId: 'AKID', network: '192.0.2.0' }
const object = { bucket: 'bkt', key: 'film' }
const { signal } = new AbortController()

/** A server's parts over a store with one object, whose digests are kept. */
async function setUp (t: Test) {
  const store = await startFaultyOrigin(t)
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  const hasher = new Hasher(
    { threads: 1, readsPerObject: 1, reads: 1, maxJobs: 1, maxQueue: 1, graceMs: 0 }, () => {}
  )
  const delivery = new Delivery({ origin, cacheBytes: 2 ** 20, total: 0, perClient: 0 })
  t.teardown(async () => {
    delivery.close()
    await hasher.close()
    await origin.close()
  })
  const clock = { now: 0 }
  const digests = new MemoryStore({ maxBytes: 2 ** 20 })
  const issued: number[] = []
  const parts: GetObjectTorrentParts = {
    origin,
    hasher,
    store: digests,
    access: new PublicAccess({ anonymous: 'origin', public: [], own: undefined }, origin, () => clock.now),
    issued: async (_torrent, publicAsOf) => { issued.push(publicAsOf) },
    options: {
      announce: [],
      ownTracker: () => ['http://tracker.example:6969/announce'],
      webSeeds: ['self'],
      pieceLength: 'auto',
      metaVersion: 1,
      maxObjectSize: 0,
      bucketOwners: new Map(),
      xAmzInfo: false,
      publicUrl: () => 'http://torrent.example'
    }
  }
  const put = (isPublic: boolean) => store.put('bkt', 'film', { body: Buffer.from('content'), public: isPublic })
  const { etag, size } = put(true)
  const identity = identityOf(origin.name, parts.options, object, { etag, size })
  await digests.finish(identity, PieceDigests.of(Buffer.alloc(20, 1), 1), [InfoHash.ofBytes(Buffer.alloc(20, 2))])
  const ask = async (): Promise<string> => {
    const { body } = await getObjectTorrent(parts, {
      object,
      requester: { keyPair, requestPayer: false, client },
      preconditions: {},
      headOnly: false,
      metaVersion: 1,
      form: 'metainfo'
    }, signal)
    return Buffer.isBuffer(body) ? body.toString('latin1') : ''
  }
  const seed = () => getWebSeed({ ...parts, delivery, sameBytes: new SameBytes(digests) }, {
    object, pin: { etag, versionId: undefined }, range: undefined, headOnly: false, address: '192.0.2.1', client
  }, signal)
  return {
    store,
    clock,
    put,
    ask,
    seed,
    issued,
    heads: () => store.requests.splice(0).map(({ method, signer }) => [method, signer])
  }
}

const LINKS = ['8:announce36:http://tracker.example:6969/announce', '8:url-list', '/-/seed/']

t.test('a stored answer to a signed request costs one HEAD', async (t) => {
  const { ask, heads, clock } = await setUp(t)
  const first = await ask()
  for (const link of LINKS) t.ok(first.includes(link), link)
  t.strictSame(heads().sort(), [['HEAD', 'AKID'], ['HEAD', undefined]].sort())
  clock.now = 29_999
  t.equal(await ask(), first)
  t.strictSame(heads(), [['HEAD', 'AKID']])
  clock.now = 30_000
  t.equal(await ask(), first)
  t.equal(heads().length, 2, 'the verdict has ended')
})

t.test('whether it is public is asked beside the requester\'s own HEAD, not behind it', async (t) => {
  const { ask, store } = await setUp(t)
  let go: () => void = () => {}
  store.faults = { held: new Promise((resolve) => { go = resolve }) }
  const asking = ask()
  await until('both are asked', () => store.requests.length === 2)
  go()
  t.ok((await asking).includes('/-/seed/'))
})

t.test('once an object is private, its torrent loses its links within 30 s, and its bytes are refused at once',
  async (t) => {
    const { ask, put, seed, clock, issued } = await setUp(t)
    t.ok((await ask()).includes('/-/seed/'))
    t.equal((await seed()).status, 200)
    put(false)
    await t.rejects(seed(), { code: 'NoSuchKey' })
    clock.now = 29_999
    t.ok((await ask()).includes('/-/seed/'))
    t.strictSame(issued, [0, 0], 'the swarm hears how old the verdict is')
    clock.now = 30_000
    const torrent = await ask()
    for (const link of LINKS) t.notOk(torrent.includes(link), link)
    t.equal(issued.length, 2)
  })

t.test('a requester that is refused hears so, whatever everybody may read', async (t) => {
  const { ask, store } = await setUp(t)
  store.put('bkt', 'film', { body: Buffer.from('content'), public: true, readers: ['OTHER'] })
  store.faults = { refusedPair: { accessKeyId: 'AKID', status: 403, code: 'AccessDenied' } }
  await t.rejects(ask(), { code: 'AccessDenied' })
})
