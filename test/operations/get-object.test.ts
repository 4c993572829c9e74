import t from 'tap'
import type { Test } from 'tap'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { getObject } from '../../src/operations/get-object.js'
import type { GetObjectRequest } from '../../src/operations/get-object.js'
import type { ObjectAnswer } from '../../src/delivery/object-answer.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { bytesOf } from '../support/keeping-sink.js'

const keyPair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const object = { bucket: 'bkt', key: 'film' }
const BODY = contentAt(1, 0, 200_000)
const never = new AbortController().signal

async function setUp (t: Test, body = BODY) {
  const store = await startFaultyOrigin(t)
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  t.teardown(() => origin.close())
  const stored = store.put('bkt', 'film', { body, contentType: 'video/x', public: true })
  const ask = (given: Partial<GetObjectRequest> = {}) => getObject(
    origin,
    { bucketOwners: new Map(), buckets: origin },
    {
      object,
      requester: { keyPair, requestPayer: false },
      preconditions: {},
      range: undefined,
      ifRange: undefined,
      headOnly: false,
      ...given
    },
    never
  )
  return { store, stored, ask }
}

const bodyOf = async ({ body }: ObjectAnswer): Promise<Buffer> => body ? await bytesOf(body) : Buffer.alloc(0)

t.test('all of it, or a part', async (t) => {
  const { ask } = await setUp(t)
  const whole = await ask()
  t.match(whole, { status: 200, part: undefined, head: { size: BODY.length, headers: { 'content-type': 'video/x' } } })
  t.ok((await bodyOf(whole)).equals(BODY))
  for (const [range, first, last] of [
    [{ first: 5, last: 9 }, 5, 9], [{ first: 199_990 }, 199_990, 199_999], [{ suffix: 3 }, 199_997, 199_999]
  ] as const) {
    const part = await ask({ range })
    t.strictSame([part.status, part.part], [206, { first, last }])
    t.ok((await bodyOf(part)).equals(BODY.subarray(first, last + 1)))
  }
  await t.rejects(ask({ range: { first: 200_000 } }), { code: 'InvalidRange' })
})

t.test('what is only described opens nothing', async (t) => {
  const { store, stored, ask } = await setUp(t)
  for (const given of [
    { headOnly: true },
    { headOnly: true, range: { first: 1, last: 2 } },
    { preconditions: { ifNoneMatch: stored.etag } }
  ]) {
    const { body } = await ask(given)
    t.equal(body, undefined)
  }
  await t.rejects(ask({ preconditions: { ifMatch: '"other"' } }), { code: 'PreconditionFailed' })
  t.equal(store.requests.filter(({ method }) => method === 'GET').length, 0)
})

t.test('If-Range: another version is answered whole', async (t) => {
  const { stored, ask } = await setUp(t)
  const range = { first: 5, last: 9 }
  for (const [ifRange, status] of [[stored.etag, 206], ['"other"', 200]] as const) {
    const answer = await ask({ range, ifRange })
    t.equal(answer.status, status)
    answer.body?.close()
  }
})

t.test('an empty object has no body', async (t) => {
  const { ask } = await setUp(t, Buffer.alloc(0))
  t.match(await ask(), { status: 200, part: undefined, body: undefined })
  await t.rejects(ask({ range: { first: 0 } }), { code: 'InvalidRange' })
})

t.test('a store that answers a part with the whole object: so do we, and say so', async (t) => {
  const { store, ask } = await setUp(t)
  store.faults = { ignoreRange: true }
  const answer = await ask({ range: { first: 5, last: 9 } })
  t.strictSame([answer.status, answer.part], [200, undefined])
  t.ok((await bodyOf(answer)).equals(BODY))
})

t.test('who may not read gets nothing, and the reason', async (t) => {
  const { store, ask } = await setUp(t)
  store.put('bkt', 'film', { body: BODY })
  await t.rejects(ask({ requester: { keyPair: undefined, requestPayer: false } }), { code: 'AccessDenied' })
  store.remove('bkt', 'film')
  await t.rejects(ask(), { code: 'NoSuchKey' })
})

t.test('an origin that is busy for a moment is asked again; one that is down is said to be', async (t) => {
  const { store, ask } = await setUp(t)
  store.faults = { statusBurst: { status: 503, count: 2, method: 'GET' } }
  t.ok((await bodyOf(await ask())).equals(BODY))
  store.faults = { statusBurst: { status: 503, count: 1_000, method: 'GET' } }
  await t.rejects(ask(), { code: /ServiceUnavailable|SlowDown/ })
})

t.test('a body that breaks off is an error, and never more or less than it should be', async (t) => {
  const { store, ask } = await setUp(t)
  for (const faults of [
    { cutAfter: 1_000 }, { shortBody: { by: 5, framing: 'close' as const } },
    { shortBody: { by: 5, framing: 'length' as const } }
  ]) {
    store.faults = faults
    await t.rejects(async () => bodyOf(await ask()), { name: /OriginUnavailable|S3Error/ }, JSON.stringify(faults))
  }
})
