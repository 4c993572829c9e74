import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { openLogStream } from '../../src/http/log-stream.js'
import { mountWebSeed } from '../../src/http/web-seed-route.js'
import { mountS3 } from '../../src/http/s3-routes.js'
import type { S3Parts } from '../../src/http/s3-routes.js'
import { createServer } from '../../src/http/server.js'
import { clientAddress } from '../../src/net/client-address.js'
import { listingsOf } from '../../src/access/listings.js'
import { PublicAccess } from '../../src/access/public-access.js'
import { PublicPrefixes } from '../../src/access/public-prefix.js'
import { SameBytes } from '../../src/access/same-bytes.js'
import { DirectoryOrigin } from '../../src/objects/directory/directory-origin.js'
import type { Hasher } from '../../src/hashing/hasher.js'
import { MemoryStore } from '../../src/store/memory/memory-store.js'
import { formatPin } from '../../src/torrent/web-seed-url.js'
import { KnownManifests } from '../../src/store/known-manifests.js'
import { Delivery } from '../../src/delivery/delivery.js'
import { fillings, someFillings } from './fillings.js'
import { ProcessorTime } from './processor-time.js'
import { RawClient } from './raw-client.js'
import { KEY_PAIR, SCHEMES, bytesOf } from './raw-request.js'
import type { RawRequest } from './raw-request.js'

/** Of names, values and the target together there are 16 KiB; credentials need some. */
const ROOM = 15_000

/** The S3 listener with all that it has, before a directory with `media/film`, and that object's web seed. */
async function listening (t: Test): Promise<{ port: number, seed: string }> {
  const origin = new DirectoryOrigin(t.testdir({ media: { film: 'x'.repeat(1000) } }))
  const access = new PublicAccess({ anonymous: 'origin', public: [], own: undefined }, origin)
  const delivery = new Delivery({ origin, cacheBytes: 2 ** 24, total: 0, perClient: 0 })
  const server = createServer({
    domains: ['s3.test'],
    logLevel: 'info',
    logStream: await openLogStream('json', { write: () => true }),
    clientAddress: clientAddress(['127.0.0.0/8', '10.0.0.0/8', '::1']),
    connections: { perNetwork: 0, isProxy: () => false },
    requestsPerNetwork: 0,
    observe: () => {},
    onDropped: () => {},
    cors: true,
    tls: undefined
  })
  const store = new MemoryStore({ maxBytes: 2 ** 20 })
  const parts: S3Parts = {
    origin,
    buckets: origin,
    listings: listingsOf(origin, 10_000),
    publicPrefixes: new PublicPrefixes(access),
    maxPrefixSize: 2 ** 40,
    access,
    hasher: {} as Hasher, // of torrents there is HEAD alone
    store,
    counted: () => {},
    domains: ['s3.test'],
    authenticator: {
      region: 'us-east-1',
      signatureV2: true,
      find: async (id) => id === KEY_PAIR.accessKeyId ? KEY_PAIR : undefined,
      now: Date.now
    },
    options: {
      announce: [],
      ownTracker: () => [],
      webSeeds: ['self'],
      pieceLength: 'auto',
      metaVersion: 1,
      maxObjectSize: 0,
      bucketOwners: new Map(),
      xAmzInfo: false,
      publicUrl: () => 'http://127.0.0.1'
    }
  }
  const manifests = new KnownManifests(store)
  mountWebSeed(server, { origin, access, delivery, sameBytes: new SameBytes(store), manifests, options: parts.options })
  mountS3(server, parts)
  await server.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => server.close())
  const { etag } = await origin.head(
    { bucket: 'media', key: 'film' }, { keyPair: undefined, requestPayer: false }, AbortSignal.timeout(10_000)
  )
  return { port: (server.server.address() as AddressInfo).port, seed: `/-/seed/${formatPin({ etag })}/media/film` }
}

type Header = readonly [name: string, value: string]
const HOST: Header = ['host', 'x']
const OBJECT: RawRequest = { path: '/media/film', headers: [HOST] }
const TORRENT: RawRequest = { method: 'HEAD', path: '/media/film', query: ['torrent'], headers: [HOST] }
const PREFLIGHT: RawRequest = {
  method: 'OPTIONS',
  path: '/media/film',
  headers: [HOST, ['origin', 'http://a.test'], ['access-control-request-method', 'GET']]
}
const PADDING: Header = ['x-padding', 'a'.repeat(ROOM)]
const and = (request: RawRequest, ...headers: Header[]): RawRequest => ({
  ...request, headers: [...request.headers ?? [], ...headers]
})
const asking = (request: RawRequest, ...query: string[]): RawRequest => ({
  ...request, query: [...request.query ?? [], ...query]
})

/** What is read of a request's headers, and what brings a parser of each to its depth. */
const HEADERS: Record<string, readonly string[]> = {
  'access-control-request-method': [''],
  authorization: [
    '',
    'AWS ',
    'AWS a:',
    'AWS4-HMAC-SHA256 ',
    'AWS4-HMAC-SHA256 Credential=a',
    'AWS4-HMAC-SHA256 Credential=a,SignedHeaders='
  ],
  connection: ['close,'],
  'content-length': ['', '0'],
  'content-md5': [''],
  'content-type': [''],
  date: ['Mon, 01 Jan 2026 00:00:00 '],
  expect: ['', '100-continue'],
  'if-match': ['', '"a",'],
  'if-modified-since': ['', 'Mon, 01 Jan 2026 00:00:00 '],
  'if-none-match': ['', 'W/"'],
  'if-range': ['', '"', 'Mon, 01 Jan 2026 00:00:00 '],
  'if-unmodified-since': ['', '2026-01-01T00:00:00'],
  origin: ['http://'],
  range: ['', 'bytes', 'bytes=', 'bytes=0', 'bytes=0-', 'bytes=-', 'bytes=0-1,'],
  'transfer-encoding': ['', 'chunked,'],
  upgrade: [''],
  'x-amz-content-sha256': ['', 'STREAMING-'],
  'x-amz-date': ['', '20260101T000000Z'],
  'x-amz-expected-bucket-owner': [''],
  'x-amz-request-payer': [''],
  'x-amz-security-token': [''],
  'x-amz-server-side-encryption-customer-key-md5': [''],
  'x-forwarded-for': ['', '1.1.1.1,']
}

const PARAMETERS = [
  'torrent', 'magnet', 'versionId', 'acl', 'response-content-type', 'response-content-disposition', 'X-Amz-Algorithm',
  'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature',
  'AWSAccessKeyId', 'Signature', 'Expires', 'x-amz-request-payer', 'x-amz-expected-bucket-owner',
  'x-amz-security-token', 'x-amz-content-sha256', 'x-amz-server-side-encryption-customer-key', 'a'
] as const

/** One after the other, as often as there is room. */
function repeated<T> (bytesOf: (item: T) => number, make: (i: number) => T): T[] {
  const items: T[] = []
  for (let room = ROOM, i = 0; ; i++) {
    const item = make(i)
    room -= bytesOf(item)
    if (room < 0) return items
    items.push(item)
  }
}

const manyHeaders = (make: (i: number) => Header): Header[] => repeated(
  ([name, value]) => name.length + value.length, make
)
const manyParameters = (make: (i: number) => string): string[] => repeated((part) => part.length + 1, make)

t.test('the S3 listener', async (t) => {
  const { port, seed } = await listening(t)
  const SEED: RawRequest = { path: seed, headers: [HOST] }
  const client = new RawClient(port)
  t.teardown(() => client.close())
  const sending = (request: RawRequest) => {
    const bytes = bytesOf(request)
    return () => client.send(bytes)
  }
  const against = (request: RawRequest): Promise<ProcessorTime> => ProcessorTime.of(sending(and(request, PADDING)))

  for (const [name, scheme] of Object.entries(SCHEMES)) {
    for (const [what, request] of Object.entries({ object: OBJECT, torrent: TORRENT })) {
      t.equal(
        await sending(scheme(and(request, PADDING)))(), name.includes('nobody') ? 403 : 200, `a plain ${what}, ${name}`
      )
    }
  }
  for (const request of [SEED, PREFLIGHT]) t.equal(await sending(and(request, PADDING))(), 200, request.path)

  await t.test('every header', async (t) => {
    const time = await against(OBJECT)
    for (const [name, beginnings] of Object.entries(HEADERS)) {
      for (const filling of beginnings.flatMap((beginning) => fillings(beginning))) {
        await time.measure(`${name}: ${filling.name}`, sending(and(OBJECT, [name, filling.of(ROOM)])))
      }
    }
    for (const filling of [...fillings(), ...fillings('media.s3.test:')]) {
      await time.measure(`host: ${filling.name}`, sending({
        path: '/media/film', headers: [['host', filling.of(ROOM)]]
      }))
    }
    time.assert(t, 'of an object')
  })

  await t.test('of the rest, every header that is read there', async (t) => {
    const OTHERS = {
      'a torrent': TORRENT,
      'a web seed': SEED,
      'a preflight': PREFLIGHT,
      'a virtual host': { path: '/film', headers: [['host', 'media.s3.test']] satisfies Header[] }
    }
    for (const [what, request] of Object.entries(OTHERS)) {
      const time = await against(request)
      for (const name of [
        'range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'origin',
        'access-control-request-method', 'x-forwarded-for'
      ]) {
        for (const filling of (HEADERS[name] ?? []).flatMap((beginning) => someFillings(beginning))) {
          await time.measure(`${name}: ${filling.name}`, sending(and(request, [name, filling.of(ROOM)])))
        }
      }
      time.assert(t, what)
    }
  })

  await t.test('every header and every parameter, with credentials', async (t) => {
    for (const [what, scheme] of Object.entries(SCHEMES)) {
      const time = await against(scheme(OBJECT))
      for (const [name, beginnings] of Object.entries(HEADERS)) {
        for (const filling of someFillings(beginnings[0])) {
          await time.measure(`${name}: ${filling.name}`, sending(scheme(and(OBJECT, [name, filling.of(ROOM)]))))
        }
      }
      for (const name of PARAMETERS) {
        for (const filling of someFillings()) {
          await time.measure(`?${name}=${filling.name}`, sending(
            scheme(asking(OBJECT, `${name}=${filling.of(ROOM).replaceAll(' ', '%20')}`))
          ))
        }
      }
      time.assert(t, what)
    }
  })

  await t.test('one name many times, and many names', async (t) => {
    const REQUESTS = {
      ...Object.fromEntries(Object.entries(SCHEMES).map(([name, scheme]) => [name, [OBJECT, scheme] as const])),
      torrent: [TORRENT, SCHEMES.anonymous] as const,
      'web seed': [SEED, SCHEMES.anonymous] as const
    }
    for (const [what, [request, scheme]] of Object.entries(REQUESTS)) {
      const time = await against(scheme(request))
      for (const name of [
        'torrent', 'versionId', 'response-content-type', 'X-Amz-Date', 'X-Amz-Signature', 'Signature', 'x-amz-', '%61',
        'a', ''
      ]) {
        await time.measure(`?${name}&${name}`, sending(scheme(asking(request, ...manyParameters(() => name)))))
        await time.measure(
          `?${name}=1&${name}=2`, sending(scheme(asking(request, ...manyParameters((i) => `${name}=${i}`))))
        )
        await time.measure(
          `?${name}1&${name}2`, sending(scheme(asking(request, ...manyParameters((i) => `${name}${i}`))))
        )
      }
      for (const name of [
        'a', 'x-amz-', 'range', 'if-match', 'if-none-match', 'authorization', 'host', 'cookie', 'set-cookie',
        'content-length', 'x-forwarded-for', '__proto__'
      ]) {
        await time.measure(`${name}: again and again`, sending(scheme(and(request, ...manyHeaders(() => [name, ''])))))
        await time.measure(
          `${name}1, ${name}2`, sending(scheme(and(request, ...manyHeaders((i) => [`${name}${i}`, '']))))
        )
      }
      time.assert(t, what)
    }
  })

  await t.test('lists of signed headers, and as many headers', async (t) => {
    const time = await against(SCHEMES['V4 header'](OBJECT))
    const third = (items: readonly Header[]): Header[] => items.slice(0, items.length / 3)
    const SENT: Record<string, Header[]> = {
      one: third(manyHeaders(() => ['a', ''])),
      many: third(manyHeaders((i) => [`a${i}`, ''])),
      'x-amz': third(manyHeaders((i) => [`x-amz-a${i}`, ''])),
      sorted: third(manyHeaders((i) => [`y${10_000 + i}`, '']))
    }
    const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
    for (const [what, headers] of Object.entries(SENT)) {
      const names = headers.map(([name]) => name)
      for (const accessKeyId of [KEY_PAIR.accessKeyId, 'NOBODY']) {
        const credential = `${accessKeyId}/${date.slice(0, 8)}/us-east-1/s3/aws4_request`
        for (const list of [
          names, ['host', ...names], ['host', ...names.map(() => 'a')], [...names].reverse(), names.map(() => ''),
          names.map((name) => name.toUpperCase())
        ]) {
          const name = `${what}: ${list.slice(0, 3).join(';')}…, ${accessKeyId}`
          await time.measure(`SignedHeaders of ${name}`, sending(and(
            OBJECT,
            ['x-amz-date', date],
            ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
            [
              'authorization',
              'AWS4-HMAC-SHA256 ' +
              `Credential=${credential},SignedHeaders=host;x-amz-content-sha256;x-amz-date;${list.join(';')},` +
              'Signature=0'
            ],
            ...headers
          )))
          const query = [
            'X-Amz-Algorithm=AWS4-HMAC-SHA256', `X-Amz-Credential=${credential}`, `X-Amz-Date=${date}`,
            'X-Amz-Expires=600', 'X-Amz-Signature=0', `X-Amz-SignedHeaders=${list.join(';')}`
          ]
          await time.measure(`X-Amz-SignedHeaders of ${name}`, sending(and(asking(OBJECT, ...query), ...headers)))
        }
      }
    }
    time.assert(t, 'signed headers')
  })

  await t.test('every part of the target', async (t) => {
    const time = await against(OBJECT)
    const BEGINNINGS = [
      '', '/', '/media', '/media/', '/media/film/', '/-/', '/-/seed/', '/-/seed/a/', `${seed}/`, '/?', '/media/film?',
      '/media/film?a='
    ]
    for (const filling of BEGINNINGS.flatMap((beginning) => fillings(beginning))) {
      await time.measure(filling.name, sending({ path: filling.of(ROOM).replaceAll(' ', '%20'), headers: [HOST] }))
    }
    for (const filling of [...fillings('/'), ...fillings('/?')]) {
      await time.measure(`${filling.name} of a virtual host`, sending({
        path: filling.of(ROOM).replaceAll(' ', '%20'), headers: [['host', 'media.s3.test']]
      }))
    }
    for (const filling of fillings()) { // the longest key that there can be, and the longest pin
      await time.measure(`a key of ${filling.name}`, sending({
        path: `/media/${encodeURIComponent(filling.of(340))}`, query: ['torrent'], headers: [HOST]
      }))
      await time.measure(`a pin of ${filling.name}`, sending({
        path: `/-/seed/${Buffer.from(filling.of(9_000), 'latin1').toString('base64url')}/media/film`, headers: [HOST]
      }))
    }
    time.assert(t, 'targets')
  })
})
