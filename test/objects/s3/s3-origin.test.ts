import t from 'tap'
import type { Test } from 'tap'
import { S3Origin } from '../../../src/objects/s3/s3-origin.js'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import { bucketsConformance } from '../buckets-conformance.js'
import { listingConformance } from '../listing-conformance.js'
import { objectsConformance } from '../objects-conformance.js'
import { partReadsConformance } from '../part-reads-conformance.js'

const keyPair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const requester = { keyPair, requestPayer: false }
const never = new AbortController().signal

async function setUp (t: Test) {
  const store = await startFaultyOrigin(t)
  store.bucket('bkt', { pageKeys: 3 })
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: keyPair
  })
  t.teardown(() => origin.close())
  return {
    store,
    origin,
    requester,
    put: async (key: string, body: Buffer) => { store.put('bkt', key, { body, contentType: 'text/plain' }) },
    remove: async (key: string) => { store.remove('bkt', key) }
  }
}

objectsConformance(t, setUp)
partReadsConformance(t, setUp)
partReadsConformance(t, async (t) => {
  const { store, ...others } = await setUp(t)
  store.faults = { widerRange: 100 } // which only the SDK's way understands
  return others
})

bucketsConformance(t, async (t) => {
  const { origin, put } = await setUp(t)
  await put('object', Buffer.from('x'))
  return { buckets: origin, requester }
})

listingConformance(t, async (t) => {
  const { origin, put } = await setUp(t)
  return { listing: origin, requester, put, head: (key) => origin.head({ bucket: 'bkt', key }, requester, never) }
})

t.test('each requester lists with its own key pair, and one that may not is refused', async (t) => {
  const { store, origin, put } = await setUp(t)
  await put('a', Buffer.from('x'))
  store.bucket('bkt', { listers: ['AKID'] })
  t.match(await origin.list('bkt', '', requester, never).next(), { value: { key: 'a', size: 1 } })
  const other = { keyPair: { accessKeyId: 'OTHER', secretAccessKey: 'secret' }, requestPayer: false }
  await t.rejects(origin.list('bkt', '', other, never).next(), { code: 'AccessDenied' })
  t.strictSame(store.requests.map(({ signer }) => signer), ['AKID', 'OTHER'])
})

t.test('the owner: by the header where it is honoured, else by the ACL', async (t) => {
  const store = await startFaultyOrigin(t)
  const object = { bucket: 'bkt', key: 'k' }
  store.put('bkt', 'k', { body: Buffer.from('x') })
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  t.teardown(() => origin.close())
  const asking = (expectedBucketOwner: string) => origin.ownerMatches(
    object, { ...requester, expectedBucketOwner }, never
  )

  store.bucket('bkt', { owner: 'alice' })
  t.equal(await asking('alice'), true, 'the ACL names her')
  t.equal(await asking('bob'), false, 'the ACL names another one')
  store.bucket('bkt', { aclForbidden: true })
  t.equal(await asking('alice'), false, 'nobody can tell')
  store.faults = { honourOwner: '123456789012' }
  t.equal(await asking('123456789012'), true, 'another id is refused, so this one was looked at')
})

t.test('the owner: the made-up id is never the expected one', async (t) => {
  const store = await startFaultyOrigin(t)
  store.put('bkt', 'k', { body: Buffer.from('x') })
  store.faults = { honourOwner: '000000000000' }
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  t.teardown(() => origin.close())
  t.equal(
    await origin.ownerMatches(
      { bucket: 'bkt', key: 'k' }, { ...requester, expectedBucketOwner: '000000000000' }, never
    ),
    true
  )
})
