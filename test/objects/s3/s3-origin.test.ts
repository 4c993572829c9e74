import t from 'tap'
import { S3Origin } from '../../../src/objects/s3/s3-origin.js'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import { originConformance } from '../conformance.js'

const keyPair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const requester = { keyPair, requestPayer: false }
const never = new AbortController().signal

originConformance(t, async (t) => {
  const store = await startFaultyOrigin(t)
  store.bucket('bkt')
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: keyPair
  })
  t.teardown(() => origin.close())
  return {
    origin,
    requester,
    put: async (key, body) => { store.put('bkt', key, { body, contentType: 'text/plain' }) },
    remove: async (key) => { store.remove('bkt', key) }
  }
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
