import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Test } from 'tap'
import { PublicAccess } from '../../../src/access/public-access.js'
import type { Requester } from '../../../src/objects/requester.js'
import { S3Origin } from '../../../src/objects/s3/s3-origin.js'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import type { FaultyOrigin } from '../../support/faulty-origin.js'

const keyPair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const signed: Requester = { keyPair, requestPayer: false }
const unsigned: Requester = { keyPair: undefined, requestPayer: false }
const own: Requester = { ...signed, own: true }
const object = { bucket: 'bkt', key: 'key' }
const never = new AbortController().signal

const PAGES: Array<[what: string, body: string | Buffer, headers?: Record<string, string>]> = [
  ['a page', '<!DOCTYPE html>\n<html><head><title>No</title></head><body>No<br></body></html>'],
  ['a page without a DOCTYPE', '<html><h1>No</h1><p>&nbsp;<br></html>'],
  [
    'S3\'s own, behind a DOCTYPE',
    '<!DOCTYPE e [<!ENTITY x "y">]><Error><Code>ExpiredToken</Code><Message>&x;</Message></Error>'
  ],
  ['over 64 KiB', `<html>${'a'.repeat(100_000)}</html>`],
  ['over 64 KiB of S3', `<Error><Code>ExpiredToken</Code><Message>${'a'.repeat(100_000)}</Message></Error>`],
  ['half of S3\'s own', '<Error><Code>ExpiredToken</Code><Mess'],
  ['another charset', Buffer.from('\uFEFF<Error><Code>ExpiredToken</Code></Error>', 'utf16le')],
  ['another coding', gzipSync('<Error><Code>ExpiredToken</Code></Error>'), { 'content-encoding': 'gzip' }],
  ['JSON', '{"error":"no","Code":"ExpiredToken"}', { 'content-type': 'application/json' }],
  ['another document', '<ListBucketResult><Code>ExpiredToken</Code></ListBucketResult>'],
  ['nothing', '']
]

async function before (t: Test): Promise<{ store: FaultyOrigin, origin: S3Origin }> {
  const store = await startFaultyOrigin(t)
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  t.teardown(() => origin.close())
  return { store, origin }
}

t.test('where a refusal says no reason, the status of HEAD is one', async (t) => {
  const { store, origin } = await before(t)
  for (const [what, body, headers = {}] of PAGES) {
    for (const [status, code] of [
      [400, 'InvalidArgument'], [401, 'AccessDenied'], [403, 'AccessDenied'], [404, 'NoSuchKey']
    ] as const) {
      store.faults = { errorBody: { status, body, headers } }
      await t.rejects(origin.head(object, signed, never), { code }, `${what}, ${status}, HEAD`)
      await t.rejects(origin.read(object, signed, {}, never), { code }, `${what}, ${status}, GET`)
      await t.rejects(origin.headBucket('bkt', signed, never), { code }, `${what}, ${status}, bucket`)
    }
    for (const status of [500, 502, 503]) {
      store.faults = { errorBody: { status, body, headers } }
      await t.rejects(origin.read(object, signed, {}, never), { name: 'OriginUnavailable' }, `${what}, ${status}`)
    }
  }
  store.faults = {
    errorBody: {
      status: 403,
      body: '\uFEFF <?xml version="1.0"?>\n' +
      '<Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>ExpiredToken</Code><Message>x</Message></Error>'
    }
  }
  await t.rejects(origin.head(object, signed, never), { code: 'ExpiredToken' }, "S3's own document is read")
})

t.test('a refusal of the own key pair without a reason is no verdict on the object, but a 404 is', async (t) => {
  const { store, origin } = await before(t)
  for (const [what, body, headers = {}] of PAGES) {
    for (const status of [400, 401, 403]) {
      store.faults = { errorBody: { status, body, headers } }
      await t.rejects(
        origin.head(object, own, never),
        { name: status === 400 ? 'OwnKeyPairRefused' : 'OriginUnavailable' },
        `${what}, ${status}`
      )
    }
    store.faults = { errorBody: { status: 404, body, headers } }
    await t.rejects(origin.head(object, own, never), { code: 'NoSuchKey' }, `${what}, 404`)
  }
})

t.test('a 400 to the unsigned that says no reason is AccessDenied', async (t) => {
  const { store, origin } = await before(t)
  store.put('bkt', 'key', { size: 10 })
  store.faults = {
    errorBody: {
      status: 400,
      body: '<html><h1>Bad Request</h1><p>The server could not comply with the request</p></html>',
      unsignedOnly: true,
      headers: { 'content-type': 'text/html' }
    }
  }
  await t.rejects(origin.head(object, unsigned, never), { code: 'AccessDenied' })
  await t.rejects(origin.read(object, unsigned, {}, never), { code: 'AccessDenied' })
  await t.rejects(origin.headBucket('bkt', unsigned, never), { code: 'AccessDenied' })
  t.equal((await origin.head(object, signed, never)).size, 10)
  store.faults = {
    errorBody: {
      status: 400, body: '<Error><Code>InvalidArgument</Code><Message>Invalid version id specified</Message></Error>'
    }
  }
  await t.rejects(origin.head(object, unsigned, never), { code: 'InvalidArgument' }, 'one that says it is not')
})

t.test('that an object is not public costs one request', async (t) => {
  const { store, origin } = await before(t)
  store.put('bkt', 'key', { size: 10 })
  const access = new PublicAccess({ anonymous: 'origin', public: ['pub'], own: keyPair }, origin)
  t.equal(await access.headIfPublic(object, never), undefined)
  t.strictSame(store.requests.map(({ method, status }) => [method, status]), [['HEAD', 403]])
  store.requests.length = 0
  await t.rejects(origin.head(object, unsigned, never), { code: 'AccessDenied' })
  t.strictSame(store.requests.map(({ method }) => method), ['HEAD', 'GET'], 'who wants a reason asks twice')
  store.put('pub', 'key', {
    size: 10, faults: { refusedPair: { accessKeyId: 'AKID', status: 403, code: 'InvalidAccessKeyId' } }
  })
  await t.rejects(
    access.headIfPublic({ bucket: 'pub', key: 'key' }, never),
    { name: 'OwnKeyPairRefused', code: 'InvalidAccessKeyId' },
    'of the own key pair the reason is asked for'
  )
})
