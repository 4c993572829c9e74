import t from 'tap'
import { createdObjects } from '../../src/s3/event-notification.js'

// Pushed by Ceph 16.2.15 for `a b+c/ü%41.bin`: the key as it is.
const CEPH = { Records: [{ eventVersion: '2.2', eventSource: 'ceph:s3', awsRegion: '', eventTime: '2026-11-22T21:40:29.601481Z', eventName: 'ObjectCreated:Put', userIdentity: { principalId: 'alice' }, s3: { s3SchemaVersion: '1.0', configurationId: 'n1', bucket: { name: 'evbucket', ownerIdentity: { principalId: 'alice' }, arn: 'arn:aws:s3:::evbucket' }, object: { key: 'a b+c/ü%41.bin', size: 6, eTag: 'b1946ac92492d2347c6235b4d2611184', versionId: '', sequencer: '4D61036B73620925', metadata: [], tags: [] } }, eventId: '1795383629.621372.b1946ac92492d2347c6235b4d2611184', opaqueData: '' }] }
// As the S3 documentation has it: the key URL-encoded, `+` for a space.
const AWS = { Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', awsRegion: 'us-west-2', eventName: 'ObjectCreated:CompleteMultipartUpload', s3: { s3SchemaVersion: '1.0', configurationId: 'c', bucket: { name: 'media', arn: 'arn:aws:s3:::media' }, object: { key: 'happy+face/%C3%BC%2B.jpg', size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e-2', versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko', sequencer: '0055AED6DCD90281E5' } } }] }
// MinIO's webhook: more around the records, and `s3:` before the name.
const MINIO = { EventName: 's3:ObjectCreated:Put', Key: 'media/a.bin', Records: [{ eventName: 's3:ObjectCreated:Put', s3: { bucket: { name: 'media' }, object: { key: 'a.bin' } } }] }

t.test('new objects', async (t) => {
  t.strictSame(createdObjects(CEPH), [{ bucket: 'evbucket', keys: ['a b c/üA.bin', 'a b+c/ü%41.bin'] }])
  t.strictSame(createdObjects(AWS), [{ bucket: 'media', keys: ['happy face/ü+.jpg', 'happy+face/%C3%BC%2B.jpg'], versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko' }])
  t.strictSame(createdObjects(MINIO), [{ bucket: 'media', keys: ['a.bin'] }])
  const [record] = AWS.Records
  t.strictSame(createdObjects({ Records: [{ ...record, eventName: 'ObjectRemoved:Delete' }, { ...record, eventName: 's3:ObjectTagging:Put' }] }), [], 'others are left out')
  t.strictSame(createdObjects({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'media' }), [], 'what S3 sends first')
  t.strictSame(createdObjects({ Records: [] }), [])
  t.strictSame(createdObjects({ Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'b' }, object: { key: '100%' } } }] }), [{ bucket: 'b', keys: ['100%'] }], 'what cannot be decoded is as it is')
})

t.test('what is no notification', async (t) => {
  const named = (s3: unknown) => ({ Records: [{ eventName: 'ObjectCreated:Put', s3 }] })
  for (const document of [undefined, null, 1, 'x', [], {}, { Records: {} }, { Records: [null] }, { Records: [{}] }, { Records: [{ eventName: 5 }] }, named(undefined), named({}), named({ bucket: { name: 'b' } }), named({ bucket: { name: '' }, object: { key: 'k' } }), named({ bucket: { name: 'b' }, object: { key: '' } }), named({ bucket: { name: 1 }, object: { key: 'k' } })]) {
    t.throws(() => createdObjects(document), { name: 'SyntaxError' }, JSON.stringify(document))
  }
})
