import t from 'tap'
import type { Test } from 'tap'
import { PublicAccess } from '../../src/access/public-access.js'
import { OriginUnavailable } from '../../src/objects/origin-errors.js'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'

const keyPair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const requester = { keyPair, requestPayer: false }
const object = { bucket: 'bkt', key: 'film' }
const { signal } = new AbortController()

async function setUp (t: Test, anonymous: 'origin' | 'deny' = 'origin') {
  const store = await startFaultyOrigin(t)
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: keyPair
  })
  t.teardown(() => origin.close())
  const clock = { now: 0 }
  const access = new PublicAccess({ anonymous, public: ['published'], own: keyPair }, origin, () => clock.now)
  return {
    store,
    origin,
    access,
    clock,
    put: (isPublic: boolean, body = 'x') => store.put('bkt', 'film', {
      body: Buffer.from(body), public: isPublic
    }).etag,
    isPublic: async (etag: string) => {
      const { isPublic } = await access.askIfPublic(object, requester, signal)(headOf(etag))
      return isPublic
    },
    unsignedHeads: () => store.requests.filter(({ signer }) => signer === undefined).length
  }
}

const headOf = (etag: string) => ({ etag, size: 1, lastModified: undefined, requestCharged: false, headers: {} })

t.test('a verdict is kept for 30 seconds, and is then asked for again', async (t) => {
  for (const before of [true, false]) {
    const { put, isPublic, unsignedHeads, clock } = await setUp(t)
    const etag = put(before)
    t.equal(await isPublic(etag), before)
    put(!before)
    clock.now = 29_999
    t.equal(await isPublic(etag), before)
    t.equal(unsignedHeads(), 1)
    clock.now = 30_000
    t.equal(await isPublic(etag), !before)
    t.equal(unsignedHeads(), 2)
  }
})

t.test('a verdict is on one version', async (t) => {
  const { put, isPublic, unsignedHeads } = await setUp(t)
  t.equal(await isPublic(put(false, 'old')), false)
  t.equal(await isPublic(put(true, 'new')), true)
  const asked = unsignedHeads()
  t.equal(await isPublic(put(true, 'newer')), true)
  t.equal(unsignedHeads(), asked + 1)
  t.equal(await isPublic('"another one"'), false, 'everybody is told of another version')
})

t.test('the strict questions are asked every time, whatever is kept', async (t) => {
  const { put, isPublic, access } = await setUp(t)
  const etag = put(true)
  t.equal(await isPublic(etag), true)
  put(false)
  t.equal(await access.headIfPublic(object, signal), undefined)
  await t.rejects(access.headAsAnonymous(object, signal), { code: 'AccessDenied' })
  put(true)
  t.match(await access.headIfPublic(object, signal), { etag })
})

t.test('the anonymous themselves were told by their own HEAD, and where nobody may read nothing is asked',
  async (t) => {
    const { access, put, unsignedHeads } = await setUp(t)
    const etag = put(true)
    const anonymous = access.anonymousRequester(object)
    t.match(anonymous, { keyPair: undefined })
    if (anonymous === undefined) return
    t.match(await access.askIfPublic(object, anonymous, signal)(headOf(etag)), { isPublic: true })
    const denying = await setUp(t, 'deny')
    denying.put(true)
    t.equal(await denying.isPublic(etag), false)
    t.equal(denying.unsignedHeads() + unsignedHeads(), 0)
  })

t.test('what an unsigned request was told is known to the next signed one', async (t) => {
  const { access, put, isPublic, unsignedHeads } = await setUp(t)
  const etag = put(false)
  t.equal(await isPublic(etag), false)
  const asked = unsignedHeads()
  put(true)
  const anonymous = access.anonymousRequester(object)
  if (anonymous === undefined) return t.fail('nobody anonymous may ask')
  t.match(await access.askIfPublic(object, anonymous, signal)(headOf(etag)), { isPublic: true })
  t.equal(await isPublic(etag), true, 'one torrent for all, at once')
  t.equal(unsignedHeads(), asked, 'and nothing is asked for it')
})

t.test('many who ask at a time are one question', async (t) => {
  const { put, isPublic, unsignedHeads } = await setUp(t)
  const etag = put(true)
  t.strictSame(await Promise.all(Array.from({ length: 20 }, () => isPublic(etag))), Array(20).fill(true))
  t.equal(unsignedHeads(), 1)
})

t.test('nobody hears of the failure of a question that another one has asked', async (t) => {
  const { put, access, store } = await setUp(t)
  const etag = put(true)
  let failures = 1
  const failing = new PublicAccess({ anonymous: 'origin', public: [], own: undefined }, {
    name: 'failing',
    head: async () => {
      if (failures-- > 0) throw new OriginUnavailable('down')
      return headOf(etag)
    },
    read: async () => { throw new Error('not asked') },
    workerRead: async () => { throw new Error('not asked') },
    close: async () => {}
  })
  const [first, ...others] = await Promise.allSettled(
    Array.from({ length: 5 }, () => failing.askIfPublic(object, requester, signal)(headOf(etag)))
  )
  t.match(first, { status: 'rejected', reason: { name: 'OriginUnavailable' } })
  for (const other of others) t.match(other, { status: 'fulfilled', value: { isPublic: true } })
  const gone = new AbortController()
  const asking = access.askIfPublic(object, requester, gone.signal)
  const other = access.askIfPublic(object, requester, signal)
  gone.abort(new Error('gone'))
  await t.rejects(asking(headOf(etag)), new Error('gone'))
  t.match(await other(headOf(etag)), { isPublic: true })
  t.equal(store.requests.length, 1, 'the question of one who left is answered all the same')
})
