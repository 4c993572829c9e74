import t from 'tap'
import type { Test } from 'tap'
import { openS3 } from '../../../src/commands/open-s3.js'
import { refusalOf } from '../../../src/commands/refusal.js'
import { NoEtag, ObjectRedirect, OriginRedirect } from '../../../src/objects/origin-errors.js'
import type { ObjectRead } from '../../../src/objects/objects.js'
import type { Requester } from '../../../src/objects/requester.js'
import { S3Origin } from '../../../src/objects/s3/s3-origin.js'
import type { S3OriginOptions } from '../../../src/objects/s3/s3-origin.js'
import { S3Error } from '../../../src/s3/errors.js'
import { contentAt } from '../../support/content.js'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import type { FaultyOrigin } from '../../support/faulty-origin.js'

const keyPair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const requester: Requester = { keyPair, requestPayer: false }
const object = { bucket: 'bkt', key: 'key' }
const never = new AbortController().signal
const SIZE = 3000
const BODY = contentAt(1, 0, SIZE)

async function before (t: Test, options: Partial<S3OriginOptions> = {}): Promise<{
  store: FaultyOrigin
  origin: S3Origin
}> {
  const store = await startFaultyOrigin(t)
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined, ...options
  })
  t.teardown(() => origin.close())
  return { store, origin }
}

async function bytesOf ({ body }: ObjectRead): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

t.test('ETags of every spelling are one value to HEAD, GET and listings, and the store is asked with its own',
  async (t) => {
    const { store, origin } = await before(t)
    for (const [written, etag] of [
      ['abc', '"abc"'], ['"abc"', '"abc"'], ['abc-12', '"abc-12"'], ['"a b c"', '"a b c"'],
      ['"a\\"b"', '"%22a\\%22b%22"'], ["'x'", '"\'x\'"'], ['"x";gzip', '"%22x%22;gzip"']
    ] as const) {
      store.put('bkt', 'key', { body: BODY, headers: { etag: written } })
      const head = await origin.head(object, requester, never)
      t.equal(head.etag, etag, written)
      t.ok((await bytesOf(
        await origin.read(object, requester, { ifMatch: head.etag, range: { first: 10, last: 19 } }, never)
      )).equals(
        BODY.subarray(10, 20)
      ), written)
      const direct = await origin.workerRead(object, requester, head, { first: 0, last: 9 })
      t.match(direct, { request: { etag, headers: { 'if-match': written } } })
      for await (const listed of origin.list('bkt', '', requester, never)) {
        t.equal(listed.etag, etag, `${written}, listed`)
      }
    }
    store.put('bkt', 'key', { body: BODY, etag: 'abc', getHeaders: { etag: 'abc' }, listedEtag: 'abc' })
    const { etag } = await origin.head(object, requester, never)
    t.equal(
      (await origin.read(object, requester, { ifMatch: etag }, never)).etag, '"abc"', 'HEAD with quotes, GET without'
    )
    for await (const listed of origin.list('bkt', '', requester, never)) t.equal(listed.etag, etag, 'a listing without')
    store.put('bkt', 'key', { body: BODY, getHeaders: { etag: 'W/"abc"' }, etag: 'abc' })
    await t.rejects(
      origin.read(object, requester, { ifMatch: etag }, never),
      { code: 'PreconditionFailed' },
      'a weak one is another one'
    )
  })

t.test('without an ETag an object is refused for good; a date of change is not needed', async (t) => {
  const { store, origin } = await before(t)
  store.put('bkt', 'key', { body: BODY })
  for (const method of ['HEAD', 'GET'] as const) {
    store.faults = { withoutHeaders: { names: ['etag'], method } }
    await t.rejects(
      (async () => method === 'HEAD'
        ? origin.head(object, requester, never)
        : origin.read(object, requester, {}, never))(),
      { name: 'NoEtag' },
      method
    )
  }
  store.faults = { withoutHeaders: { names: ['etag', 'last-modified'] } }
  await t.rejects(
    origin.head(object, requester, never), { name: 'OriginUnavailable' }, 'with neither it is no object of a store'
  )
  store.faults = { withoutHeaders: { names: ['last-modified'] } }
  t.match(await origin.head(object, requester, never), { size: SIZE, lastModified: undefined })
  t.equal((await origin.read(object, requester, {}, never)).lastModified, undefined)
  store.faults = {}
  for (const etag of ['', '""', '*']) {
    store.put('bkt', 'key', { body: BODY, headers: { etag } })
    await t.rejects(
      origin.head(object, requester, never), { name: 'NoEtag' }, `"${etag}" tells no version from another`
    )
  }
})

t.test('HEAD and GET read the same dates', async (t) => {
  const { store, origin } = await before(t)
  for (const written of [
    'Tue, 05 Mar 2024 10:00:00 GMT', 'Tue, 05 Mar 2024 10:00:00 UTC', 'tue, 05 mar 2024 10:00:00 gmt',
    'Tue, 05 Mar 2024 10:00:00 +0000', 'Tuesday, 05-Mar-24 10:00:00 GMT', 'Tue Mar  5 10:00:00 2024',
    '2024-03-05T10:00:00Z', '2024-03-05T10:00:00.000+00:00'
  ]) {
    store.put('bkt', 'key', { body: BODY, headers: { 'last-modified': written } })
    t.equal(
      (await origin.head(object, requester, never)).lastModified?.toISOString(), '2024-03-05T10:00:00.000Z', written
    )
    t.equal(
      (await origin.read(object, requester, {}, never)).lastModified?.toISOString(),
      '2024-03-05T10:00:00.000Z',
      `${written}, GET`
    )
  }
  for (const written of ['nonsense', '2024', 'Thu, 01 Jan 275000 00:00:00 GMT']) {
    store.put('bkt', 'key', { body: BODY, headers: { 'last-modified': written } })
    t.equal((await origin.head(object, requester, never)).lastModified, undefined, written)
    t.equal((await origin.read(object, requester, {}, never)).lastModified, undefined, `${written}, GET`)
  }
})

t.test('a HEAD that says no length is asked again by a range', async (t) => {
  const { store, origin } = await before(t)
  store.faults = { withoutHeaders: { names: ['content-length'], method: 'HEAD' } }
  for (const size of [0, 1, SIZE]) {
    store.put('bkt', 'key', { body: BODY.subarray(0, size) })
    t.equal((await origin.head(object, requester, never)).size, size)
    store.put('bkt', 'key', { body: BODY.subarray(0, size), faults: { ignoreRange: true } })
    t.equal((await origin.head(object, requester, never)).size, size, `${size}, and no ranges`)
  }
})

t.test('a part that holds the asked one is cut', async (t) => {
  const ignored: string[] = []
  const { store, origin } = await before(t, { onOddity: (header) => ignored.push(header) })
  store.put('bkt', 'key', { body: BODY })
  for (const widerRange of [1, 100, 10_000]) {
    store.faults = { widerRange }
    for (const [first, last] of [[0, 0], [0, 99], [0, SIZE - 1]] as const) {
      const read = await origin.read(object, requester, { range: { first, last } }, never)
      t.strictSame(read.part, { first, last })
      t.ok((await bytesOf(read)).equals(BODY.subarray(first, last + 1)), `${first}-${last}, ${widerRange} more`)
    }
  }
  for (const widerRange of [1, 100]) {
    store.faults = { widerRange }
    for (const [first, last] of [[200, 200], [500, 999], [SIZE - 1, SIZE - 1]] as const) {
      const read = await origin.read(object, requester, { range: { first, last } }, never)
      t.strictSame(read.part, { first, last })
      t.ok((await bytesOf(read)).equals(BODY.subarray(first, last + 1)), `${first}-${last}, ${widerRange} more`)
    }
  }
  t.strictSame(ignored, [])
  store.faults = { widerRange: 10_000 }
  const read = await origin.read(object, requester, { range: { first: 200, last: 300 } }, never)
  t.equal(read.part, 'whole', 'the whole object, from which most would be thrown away, is one')
  t.ok((await bytesOf(read)).equals(BODY))
  t.strictSame(ignored, ['Range'])
  store.faults = { widerRange: 100, shortBody: { by: 150, framing: 'close' } }
  await t.rejects(
    async () => bytesOf(await origin.read(object, requester, { range: { first: 200, last: 390 } }, never)),
    { name: 'OriginUnavailable' },
    'one that breaks off is short'
  )
  store.faults = { wrongContentRange: true }
  await t.rejects(
    origin.read(object, requester, { range: { first: 200, last: 300 } }, never),
    { name: 'OriginUnavailable' },
    'one that lacks a byte is refused'
  )
  const leaving = new AbortController()
  store.faults = { widerRange: 100, stallAfter: 150 }
  const left = await origin.read(object, requester, { range: { first: 200, last: 300 } }, leaving.signal)
  leaving.abort()
  await t.rejects(bytesOf(left))
  t.equal(left.body.destroyed, true)
})

t.test('what the store ignores is told', async (t) => {
  const ignored: string[] = []
  const { store, origin } = await before(t, { onOddity: (header) => ignored.push(header) })
  store.put('bkt', 'key', { body: BODY, faults: { ignoreRange: true, ignoreIfMatch: true } })
  await t.rejects(origin.read(object, requester, { ifMatch: '"another"' }, never), { code: 'PreconditionFailed' })
  t.equal((await origin.read(object, requester, { range: { first: 1, last: 2 } }, never)).part, 'whole')
  t.strictSame(ignored, ['If-Match', 'Range'])
})

t.test('the right region is told, in whichever way the store says it', async (t) => {
  const { store, origin } = await before(t)
  store.put('bkt', 'key', { body: BODY })
  for (const header of [true, false]) {
    store.faults = { region: { name: 'eu-central-1', header } }
    const elsewhere = {
      name: 'OriginRedirect',
      region: 'eu-central-1',
      message: 'the origin answered 400 AuthorizationHeaderMalformed: check --region eu-central-1'
    }
    await t.rejects(origin.head(object, requester, never), elsewhere, 'HEAD')
    await t.rejects(origin.read(object, requester, {}, never), elsewhere, 'GET')
    await t.rejects(origin.headBucket('bkt', requester, never), elsewhere, 'bucket')
    await t.rejects(
      origin.head(object, { ...requester, own: true }, never),
      { name: 'OwnKeyPairRefused', region: 'eu-central-1' },
      'the own key pair'
    )
    const env = {
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null'
    }
    const flags = { endpointUrl: store.endpoint, signRequest: true }
    const opened = await openS3(flags, env)
    t.teardown(() => opened.close())
    t.equal((await opened.origin.head(object, opened.requester, never)).size, SIZE)
    t.equal(opened.region, 'eu-central-1', 'a command takes it over')
    const asked = store.requests.length
    await opened.origin.head(object, opened.requester, never)
    t.equal(store.requests.length, asked + 1, 'and asks there from then on')
    const listed = await openS3(flags, env)
    t.teardown(() => listed.close())
    const keys: string[] = []
    for await (const { key } of listed.origin.list('bkt', '', listed.requester, never)) keys.push(key)
    t.same([keys, listed.region], [['key'], 'eu-central-1'], 'a listing does so, too')
  }
})

t.test('the right region in words alone', async (t) => {
  const { store, origin } = await before(t)
  for (const [code, message, region] of [
    [
      'AuthorizationHeaderMalformed',
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-3'",
      'eu-west-3'
    ],
    [
      'IllegalLocationConstraintException',
      'The ap-east-1 location constraint is incompatible for the region specific endpoint this request was sent to.',
      'ap-east-1'
    ],
    [
      'IllegalLocationConstraintException',
      'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.',
      undefined
    ],
    ['InvalidArgument', "expecting 'eu-west-3'", false]
  ] as const) {
    store.faults = {
      errorBody: {
        status: 400, body: `<Error><Code>${code}</Code><Message>${message.replaceAll("'", '&apos;')}</Message></Error>`
      }
    }
    await t.rejects(
      origin.head(object, requester, never),
      region === false ? { name: 'OriginRefusal' } : { name: 'OriginRedirect', region },
      message
    )
  }
})

t.test('what a command says of objects that are no use', async (t) => {
  const asked = { kind: 's3', label: 's3://bkt/key', requester } as const
  const said = (cause: Error): string | undefined => refusalOf(new S3Error('InvalidRequest', { cause }), asked)
  t.match(
    said(new NoEtag()),
    /^the store gives s3:\/\/bkt\/key no ETag, without which its versions cannot be told apart; have it send one/
  )
  t.match(
    said(new ObjectRedirect('x')),
    /^the store answers s3:\/\/bkt\/key with a redirect, and those are not followed; name the key that it leads to$/
  )
  t.equal(
    said(new OriginRedirect('x', { region: 'eu-west-3' })),
    'the store sends s3://bkt/key elsewhere; check --endpoint-url and --region, which is eu-west-3 there'
  )
})

t.test('a redirect of the store, and one of an object', async (t) => {
  const { store, origin } = await before(t)
  const answer = (location: string, body = ''): void => {
    store.faults = { errorBody: { status: 301, body, headers: { location } } }
  }
  for (const location of ['http://127.0.0.1:9/bkt/key', 'https://example.net/key', '', 'http://']) {
    answer(location)
    await t.rejects(origin.head(object, requester, never), { name: 'OriginRedirect' }, location)
  }
  for (const location of ['/bkt/key/', `${store.endpoint}/bkt/key/`, '/login?back=/bkt/key', 'key.html']) {
    answer(location)
    await t.rejects(origin.head(object, requester, never), { name: 'ObjectRedirect' }, location)
    await t.rejects(origin.read(object, requester, {}, never), { name: 'ObjectRedirect' }, location)
  }
  answer('/elsewhere', '<Error><Code>PermanentRedirect</Code><Message>x</Message></Error>')
  await t.rejects(origin.read(object, requester, {}, never), { name: 'OriginRedirect' }, "S3's own is of the store")
})
