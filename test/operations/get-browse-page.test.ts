import t from 'tap'
import type { Test } from 'tap'
import { listingsOf } from '../../src/access/listings.js'
import { PublicAccess } from '../../src/access/public-access.js'
import type { PublicAccessOptions } from '../../src/access/public-access.js'
import { PublicHeads } from '../../src/access/public-heads.js'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { getBrowsePage } from '../../src/operations/get-browse-page.js'
import type { GetBrowsePageRequest } from '../../src/operations/get-browse-page.js'
import type { MeasuredDocument } from '../../src/operations/measured-document.js'
import { FIRST_PAGE } from '../../src/pages/browse-url.js'
import type { PagePlace } from '../../src/pages/browse-url.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'

const never = new AbortController().signal
const OWN = { accessKeyId: 'OWN', secretAccessKey: 'secret' }
const body = Buffer.from('content')

/** Pages before a store. */
async function setUp (t: Test, { maxObjects = 10_000, ...given }: Partial<PublicAccessOptions> & {
  maxObjects?: number
} = {}) {
  const store = await startFaultyOrigin(t)
  store.bucket('bkt', { public: true })
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: given.own
  })
  t.teardown(() => origin.close())
  const access = new PublicAccess({ anonymous: 'origin', public: [], own: undefined, ...given }, origin)
  const options = { publicUrl: () => 'http://torrent.example', metaVersion: 1 as const }
  const heads = new PublicHeads(access, { maxObjectSize: 1_000_000 })
  const parts = { ...listingsOf(origin, maxObjects), access, options, heads }
  const request: GetBrowsePageRequest = {
    bucket: 'bkt',
    prefix: '',
    place: FIRST_PAGE,
    client: { accessKeyId: '', network: '192.0.2.0' },
    preconditions: {},
    headOnly: false
  }
  const ask = (asked: Partial<GetBrowsePageRequest> = {}): Promise<MeasuredDocument> =>
    getBrowsePage(parts, { ...request, ...asked }, never)
  return { store, ask }
}

const textOf = ({ body }: MeasuredDocument): string => Buffer.concat([...body ?? []]).toString()
const namesOf = (text: string): string[] =>
  [...text.matchAll(/<tr><td[^>]*><a [^>]*><bdi[^>]*>(.*?)<\/bdi>/g)].map(([, name = '']) => name)

function nextOf (text: string): PagePlace | undefined {
  const [, url] = /rel="next" href="([^"]*)"/.exec(text) ?? []
  if (url === undefined) return undefined
  const { searchParams } = new URL(url.replaceAll('&amp;', '&'))
  return { after: searchParams.get('after') ?? '', skip: Number(searchParams.get('skip') ?? 0) }
}

t.test('public objects and folders alone, asked for by nobody in particular', async (t) => {
  const { store, ask } = await setUp(t)
  store.put('bkt', 'films/', { body: Buffer.alloc(0), public: true })
  store.put('bkt', 'films/b', { body, public: true })
  store.put('bkt', 'films/secret', { body })
  store.put('bkt', 'films/a', { body, public: true })
  store.put('bkt', 'films/deep/er/x', { body, public: true })
  store.put('bkt', 'films/deep/y', { body, public: true })
  store.put('bkt', 'films/large', { size: 1_000_000, public: true })
  store.put('bkt', 'films/frozen', { body, public: true, storageClass: 'GLACIER' })
  store.put('bkt', 'films/customer', { body, public: true, sseC: { code: 'InvalidRequest', message: '' } })
  store.put('bkt', 'films/../up', { body, public: true })
  store.put('bkt', 'filmsets', { body, public: true })
  const page = textOf(await ask({ prefix: 'films/' }))
  t.strictSame(namesOf(page), ['a', 'b', 'deep/', 'frozen', 'large'])
  t.notMatch(page, /secret|customer/)
  t.notMatch(page, /Torrent of everything/)
  t.strictSame([...page.matchAll(/"[^"]*\/films\/(\w+)\?torrent"/g)].map(([, key]) => key), ['a', 'b'])
  t.ok(store.requests.every(({ signer }) => signer === undefined))
  t.strictSame(namesOf(textOf(await ask())), ['films/', 'filmsets'])
  t.match(textOf(await ask({ prefix: 'films/deep/' })), /Torrent of everything/)
  t.strictSame(namesOf(textOf(await ask({ prefix: 'nothing' }))), [])
})

t.test('a page costs one listing and a HEAD for each object of it, for half a minute', async (t) => {
  const { store, ask } = await setUp(t)
  for (let i = 0; i < 1_200; i++) store.put('bkt', `key ${i}`, { body, public: i % 2 === 0 })
  const page = await ask()
  t.equal(store.requests.length, 501)
  t.strictSame((await ask()).etag, page.etag)
  t.equal(store.requests.length, 502, 'nothing was asked twice but the listing')
  store.put('bkt', 'key 0', { body: Buffer.from('other') })
  t.notMatch(textOf(await ask()), '>key 0<')
  t.equal(store.requests.length, 504, 'another version is another question')
})

t.test('pages follow one another, and their URLs name what they show alone', async (t) => {
  const { store, ask } = await setUp(t)
  const keys = Array.from({ length: 1_700 }, (_, i) => `k${String(i).padStart(4, '0')}`)
  const isPublic = (i: number): boolean => i < 480 || i === 1_600
  for (const [i, key] of keys.entries()) store.put('bkt', key, { body, public: isPublic(i) })
  store.put('bkt', '\u{FF5E}', { body, public: true })
  store.put('bkt', '\u{1F600}', { body, public: true })
  const found: string[] = []
  const places: PagePlace[] = []
  for (let place: PagePlace | undefined = FIRST_PAGE; place !== undefined && places.length < 10;) {
    places.push(place)
    const text = textOf(await ask({ place }))
    t.ok([...text.matchAll(/k\d{4}/g)].every(([key]) => isPublic(keys.indexOf(key))), 'none that is private')
    found.push(...namesOf(text))
    place = nextOf(text)
  }
  t.strictSame(found, [...keys.filter((_, i) => isPublic(i)), '\u{FF5E}', '\u{1F600}'], 'in the order of UTF-8')
  t.strictSame(places, [
    FIRST_PAGE, { after: 'k0479', skip: 20 }, { after: 'k0479', skip: 520 }, { after: 'k0479', skip: 1_020 }
  ])
  t.strictSame(namesOf(textOf(await ask({ place: { after: 'k0470', skip: 8 } }))), ['k0479'])
  t.strictSame(namesOf(textOf(await ask({ place: { after: '\u{1F600}', skip: 0 } }))), [])
})

t.test('a folder is on one page', async (t) => {
  const { store, ask } = await setUp(t)
  for (let i = 0; i < 600; i++) store.put('bkt', `d${String(i).padStart(3, '0')}/x/y`, { body, public: true })
  const first = textOf(await ask())
  t.strictSame(nextOf(first), { after: 'd499/', skip: 0 })
  const second = namesOf(textOf(await ask({ place: { after: 'd499/', skip: 0 } })))
  t.strictSame([second.length, second[0], namesOf(first).length], [100, 'd500/', 500])
  t.equal(store.requests.length, 2, 'no object is asked for')
})

t.test('who may list: everybody, or there is no page', async (t) => {
  const { store, ask } = await setUp(t, { public: ['bkt'], own: OWN })
  store.put('bkt', 'a', { body })
  t.strictSame(namesOf(textOf(await ask())), ['a'], 'read with the own pair')
  t.strictSame(store.requests.map(({ method, signer }) => [method, signer]), [['GET', undefined], ['HEAD', 'OWN']])
  store.bucket('bkt', { public: false })
  await t.rejects(ask(), { code: 'AccessDenied' }, '--public tells no keys')
  await t.rejects(ask({ bucket: 'none' }), { code: 'NoSuchBucket' })
  const denied = await setUp(t, { anonymous: 'deny' })
  await t.rejects(denied.ask(), { code: 'AccessDenied' })
  t.equal(denied.store.requests.length, 0)
})

t.test('an origin that fails', async (t) => {
  const { store, ask } = await setUp(t)
  store.put('bkt', 'a', { body, public: true })
  store.put('bkt', 'b', { body, public: true, faults: { errorBody: { status: 400, body: '' } } })
  store.put('bkt', 'c', { body, public: true, faults: { redirectTo: { status: 307, location: 'http://elsewhere/' } } })
  t.strictSame(namesOf(textOf(await ask())), ['a'], 'a bare 400, and a login page, publish nothing')
  store.put('bkt', 'd', { body, public: true, faults: { errorBody: { status: 500, body: '' } } })
  await t.rejects(ask(), { code: 'ServiceUnavailable' })
})

const listed = (contents: string, more = '<IsTruncated>false</IsTruncated>'): string => '<?xml version="1.0"?>' +
  `<ListBucketResult><Name>bkt</Name>${more}${contents}</ListBucketResult>`
const entry = (key: string): string => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`
const folder = (name: string): string => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`

t.test('a listing that lies', async (t) => {
  const { store, ask } = await setUp(t)
  const names = async (contents: string, place = FIRST_PAGE): Promise<string[]> => {
    store.faults = { errorBody: { status: 200, body: listed(contents) } }
    return namesOf(textOf(await ask({ prefix: 'films/', place })))
  }
  t.strictSame(await names(folder('films/a/') + folder('films/a/') + folder('elsewhere/') + folder('films/') +
    folder('films') + folder('films/b') + folder('films/../') + folder('films/c/d/')), ['a/', 'c/'])
  t.strictSame(await names(entry('films/a/x') + entry('films/a/y') + entry('films/b/z')), ['a/', 'b/'],
    'it ignores Delimiter')
  t.strictSame(await names(folder('films/a/') + folder('films/b/'), { after: 'films/a/', skip: 0 }), ['b/'],
    'it ignores StartAfter')
})

t.test('a listing that goes on for ever', async (t) => {
  const { store, ask } = await setUp(t, { maxObjects: 100 })
  let pages = 0
  store.faults = {
    errorBody: {
      status: 200,
      body: () => [listed(entry(`a/${pages}`), '<IsTruncated>true</IsTruncated>' +
        `<NextContinuationToken>${pages++}</NextContinuationToken>`)]
    }
  }
  await t.rejects(ask(), { code: 'InvalidRequest' })
  t.equal(pages, 602)
  await t.rejects(ask({ place: { after: '', skip: 101 } }), { code: 'InvalidRequest' })
  t.equal(pages, 602, 'nothing is asked')
})

t.test('HEAD has no body; preconditions are answered', async (t) => {
  const { store, ask } = await setUp(t)
  store.put('bkt', 'a', { body, public: true })
  const whole = await ask()
  t.equal(Buffer.byteLength(textOf(whole)), whole.contentLength)
  t.strictSame(await ask({ headOnly: true }), { ...whole, body: undefined })
  t.match(await ask({ preconditions: { ifNoneMatch: whole.etag } }), { status: 304, etag: whole.etag, body: undefined })
  await t.rejects(ask({ preconditions: { ifMatch: '"other"' } }), { code: 'PreconditionFailed' })
})
