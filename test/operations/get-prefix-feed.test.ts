import { once } from 'node:events'
import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import type { ListedObject, Listing } from '../../src/objects/listing.js'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { getPrefixFeed } from '../../src/operations/get-prefix-feed.js'
import type { GetPrefixFeedRequest } from '../../src/operations/get-prefix-feed.js'
import type { MeasuredDocument } from '../../src/operations/measured-document.js'
import { FairSlots } from '../../src/util/fair-slots.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { until } from '../support/until.js'

const keyPair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const requester = { keyPair, requestPayer: false, client: { accessKeyId: 'AKID', network: '192.0.2.0' } }
const never = new AbortController().signal
const request: GetPrefixFeedRequest = {
  bucket: 'bkt', prefix: '', requester, metaVersion: 1, preconditions: {}, headOnly: false
}
const body = Buffer.from('content')
const second = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))

/** A feed before a store, or before a listing that tells something else. */
async function setUp (t: Test, { listing, maxObjects = 10_000, turns = 8 }: {
  listing?: Listing, maxObjects?: number, turns?: number
} = {}) {
  const store = await startFaultyOrigin(t)
  store.bucket('bkt')
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  t.teardown(() => origin.close())
  const parts = {
    listing: listing ?? origin,
    options: {
      maxObjectSize: 1_000_000,
      bucketOwners: new Map(),
      buckets: origin,
      publicUrl: () => 'http://torrent.example',
      metaVersion: 1 as const
    },
    maxObjects,
    turns: new FairSlots<string>(turns)
  }
  const ask = (asked: Partial<GetPrefixFeedRequest> = {}, signal = never): Promise<MeasuredDocument> =>
    getPrefixFeed(parts, { ...request, ...asked }, signal)
  return { store, ask }
}

const textOf = ({ body }: MeasuredDocument): string => Buffer.concat([...body ?? []]).toString()
const titlesOf = (reply: MeasuredDocument): string[] =>
  [...textOf(reply).matchAll(/<item>\n<title>(.*)<\/title>/g)].map(([, title = '']) => title)

t.test('the objects under a prefix that can have a torrent, newest first', async (t) => {
  const { store, ask } = await setUp(t)
  store.bucket('bkt', { pageKeys: 2 })
  store.put('bkt', 'films/b', { body, lastModified: second(1) })
  store.put('bkt', 'films/new', { body, lastModified: second(9) })
  store.put('bkt', 'films/a', { body, lastModified: second(1) })
  store.put('bkt', 'films/', { body: Buffer.alloc(0), lastModified: second(10) })
  store.put('bkt', 'films/empty', { body: Buffer.alloc(0), lastModified: second(10) })
  store.put('bkt', 'films/large', { size: 1_000_000, lastModified: second(10) })
  store.put('bkt', 'films/weak', { body, listedEtag: 'W/"x"', lastModified: second(10) })
  store.put('bkt', 'films/../up', { body, lastModified: second(10) })
  store.put('bkt', 'filmsets', { body, lastModified: second(10) })
  const reply = await ask({ prefix: 'films/' })
  t.strictSame(titlesOf(reply), ['new', 'a', 'b'])
  const later = await ask({ prefix: 'films/' })
  t.match(later, { status: 200, etag: reply.etag, lastModified: second(9), requestCharged: false })
  t.equal(Buffer.byteLength(textOf(later)), reply.contentLength)
  t.strictSame(titlesOf(await ask({ prefix: 'film' })), ['sets', 's/new', 's/a', 's/b'])
  t.strictSame(titlesOf(await ask({ prefix: 'nothing' })), [])
  t.equal((await ask({ prefix: 'nothing' })).lastModified, undefined)
})

t.test('the pages of a listing, however they are cut, are the same feed', async (t) => {
  const { store, ask } = await setUp(t)
  for (let i = 0; i < 1_100; i++) store.put('bkt', `key ${i}`, { body, lastModified: second(i % 90) })
  const whole = await ask()
  t.equal(titlesOf(whole).length, 1_000)
  for (const pageKeys of [7, 333]) {
    store.bucket('bkt', { pageKeys })
    t.equal((await ask()).etag, whole.etag)
  }
})

t.test('HEAD has no body; preconditions are answered', async (t) => {
  const { store, ask } = await setUp(t)
  store.put('bkt', 'a', { body, lastModified: second(1) })
  const whole = await ask()
  t.match(whole.etag, /^"[0-9a-f]{32}"$/)
  t.strictSame(await ask({ headOnly: true }), { ...whole, body: undefined })
  const since = second(1).toUTCString()
  for (const preconditions of [{ ifNoneMatch: whole.etag }, { ifModifiedSince: since }, { ifNoneMatch: '*' }]) {
    t.match(await ask({ preconditions }), { status: 304, etag: whole.etag, body: undefined })
  }
  t.match(await ask({ preconditions: { ifMatch: whole.etag, ifUnmodifiedSince: since } }), { status: 200 })
  await t.rejects(ask({ preconditions: { ifMatch: '"other"' } }), { code: 'PreconditionFailed' })
  store.put('bkt', 'a', { body: Buffer.from('replaced'), lastModified: second(1) })
  const replaced = await ask({ preconditions: { ifNoneMatch: whole.etag } })
  t.equal(replaced.status, 200, 'another version is another feed')
  t.not(/<guid.*/.exec(textOf(replaced))?.[0], /<guid.*/.exec(textOf(whole))?.[0], 'and a new item')
})

t.test('the right to list is the requester\'s own', async (t) => {
  const { store, ask } = await setUp(t)
  store.put('bkt', 'a', { body, public: true })
  const unsigned = { requester: { ...requester, keyPair: undefined } }
  await t.rejects(ask(unsigned), { code: 'AccessDenied' })
  store.bucket('bkt', { public: true, listers: ['OTHER'] })
  t.strictSame(titlesOf(await ask(unsigned)), ['a'])
  await t.rejects(ask(), { code: 'AccessDenied' })
  await t.rejects(ask({ bucket: 'none' }), { code: 'NoSuchBucket', details: { BucketName: 'none' } })
  store.faults = { errorBody: { status: 404, body: '' } }
  await t.rejects(ask(), { code: 'NoSuchBucket' }, 'a bare 404')
  store.faults = { errorBody: { status: 500, body: '' } }
  await t.rejects(ask(), { code: 'ServiceUnavailable' })
})

t.test('who pays, and whose the bucket is', async (t) => {
  const { store, ask } = await setUp(t)
  store.put('bkt', 'a', { body })
  store.faults = { requesterPays: true }
  await t.rejects(ask(), { code: 'AccessDenied' })
  t.match(await ask({ requester: { ...requester, requestPayer: true } }), { requestCharged: true })
  store.faults = {}
  const { owner } = store.bucket('bkt')
  t.equal((await ask({ requester: { ...requester, expectedBucketOwner: owner } })).status, 200, 'by the ACL')
  await t.rejects(ask({ requester: { ...requester, expectedBucketOwner: '111122223333' } }), { code: 'AccessDenied' })
  store.faults = { honourOwner: '111122223333' }
  t.equal((await ask({ requester: { ...requester, expectedBucketOwner: '111122223333' } })).status, 200)
  await t.rejects(ask({ requester: { ...requester, expectedBucketOwner: owner } }), { code: 'AccessDenied' })
})

t.test('more keys than are listed for a feed are refused, after as many', async (t) => {
  const { store, ask } = await setUp(t, { maxObjects: 10 })
  store.bucket('bkt', { pageKeys: 3 })
  for (let i = 0; i < 10; i++) store.put('bkt', `a${i}`, { body })
  t.equal(titlesOf(await ask()).length, 10)
  store.put('bkt', 'a/', { body: Buffer.alloc(0) })
  await t.rejects(ask(), { code: 'InvalidRequest', message: /more than 10 keys/ })
  store.requests.length = 0
  for (let i = 10; i < 100; i++) store.put('bkt', `b${i}`, { body })
  await t.rejects(ask(), { code: 'InvalidRequest' })
  t.equal(store.requests.length, 4)
  t.equal(titlesOf(await ask({ prefix: 'b1' })).length, 10, 'the bound is of the prefix, not of the bucket')
})

const page = (contents: string, more = ''): string => '<?xml version="1.0"?>' +
  `<ListBucketResult><Name>bkt</Name>${more}${contents}</ListBucketResult>`
const entry = (key: string, more = ''): string =>
  `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag>${more}</Contents>`

t.test('a listing that lies', async (t) => {
  const { store, ask } = await setUp(t, { maxObjects: 100 })
  const told = (contents: string): void => {
    store.faults = { errorBody: { status: 200, body: page(contents, '<IsTruncated>false</IsTruncated>') } }
  }
  told(entry('films/a') + entry('elsewhere') + entry('films/b') + entry('films/a') + entry(`films/${'x'.repeat(1025)}`))
  t.strictSame(titlesOf(await ask({ prefix: 'films/' })), ['a', 'b'])
  told(entry('&#xD800;x') + entry('b'))
  t.strictSame(titlesOf(await ask()), ['b'])
  for (const size of ['-1', '1e400', '99999999999999999999']) {
    told(entry('a').replace('<Size>1', `<Size>${size}`) + entry('b'))
    const titles = await ask().then(titlesOf, ({ code }: { code?: string }) => [code])
    t.ok(['b', 'ServiceUnavailable'].includes(titles[0] ?? '') && titles.length === 1, size)
  }
  told(entry('old', '<LastModified>2026-01-01T00:00:00.999Z</LastModified>') + entry('undated'))
  const reply = await ask()
  t.strictSame(titlesOf(reply), ['old', 'undated'])
  t.strictSame(reply.lastModified, second(0), 'in whole seconds')
})

t.test('a listing that goes on for ever', async (t) => {
  const { store, ask } = await setUp(t, { maxObjects: 100 })
  let pages = 0
  store.faults = {
    errorBody: {
      status: 200,
      body: () => [page(entry(`a${pages}`), '<IsTruncated>true</IsTruncated>' +
        `<NextContinuationToken>${pages++}</NextContinuationToken>`)]
    }
  }
  await t.rejects(ask(), { code: 'InvalidRequest' })
  t.equal(pages, 101)
})

t.test('a client that leaves ends its listing, and gives its turn to the next one', async (t) => {
  const { store, ask } = await setUp(t, { turns: 1 })
  store.put('bkt', 'a', { body })
  store.faults = { held: new Promise(() => {}) }
  const client = new AbortController()
  const left = ask({}, client.signal)
  await until('it is listed', () => store.requests.length === 1)
  store.faults = {}
  const next = ask()
  await turn()
  t.equal(store.requests.length, 1, 'one at a time')
  client.abort(new Error('gone'))
  await t.rejects(left, { message: 'gone' })
  t.strictSame(titlesOf(await next), ['a'])
})

t.test('what is not listed in time is an origin that is down, and a turn that does not come SlowDown', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let begun: () => void = () => {}
  const hasBegun = new Promise<void>((resolve) => { begun = resolve })
  const listing: Listing = {
    async * list (_bucket, _prefix, _requester, signal): AsyncGenerator<ListedObject> {
      begun()
      await once(signal, 'abort')
      throw signal.reason
    }
  }
  const { ask } = await setUp(t, { listing, turns: 1 })
  const both = Promise.allSettled([ask(), ask()])
  await hasBegun
  mock.timers.tick(45_000)
  t.match(await both, [
    { status: 'rejected', reason: { code: 'ServiceUnavailable' } }, { status: 'rejected', reason: { code: 'SlowDown' } }
  ])
})
