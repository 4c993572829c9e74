import t from 'tap'
import { createdObjects } from '../../src/s3/event-notification.js'

// Pushed by Ceph 16.2.15 for `a b+c/ü%41.bin`: the key as it is.
const CEPH = {
  Records: [{
    eventVersion: '2.2',
    eventSource: 'ceph:s3',
    awsRegion: '',
    eventTime: '2026-11-22T21:40:29.601481Z',
    eventName: 'ObjectCreated:Put',
    userIdentity: {
      principalId: 'alice'
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'n1',
      bucket: { name: 'evbucket', ownerIdentity: { principalId: 'alice' }, arn: 'arn:aws:s3:::evbucket' },
      object: {
        key: 'a b+c/ü%41.bin',
        size: 6,
        eTag: 'b1946ac92492d2347c6235b4d2611184',
        versionId: '',
        sequencer: '4D61036B73620925',
        metadata: [],
        tags: []
      }
    },
    eventId: '1795383629.621372.b1946ac92492d2347c6235b4d2611184',
    opaqueData: ''
  }]
}
// As the S3 documentation has it: the key URL-encoded, `+` for a space.
const AWS = {
  Records: [{
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-west-2',
    eventName: 'ObjectCreated:CompleteMultipartUpload',
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'c',
      bucket: { name: 'media', arn: 'arn:aws:s3:::media' },
      object: {
        key: 'happy+face/%C3%BC%2B.jpg',
        size: 1024,
        eTag: 'd41d8cd98f00b204e9800998ecf8427e-2',
        versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
        sequencer: '0055AED6DCD90281E5'
      }
    }
  }]
}
// MinIO's webhook: more around the records, and `s3:` before the name.
const MINIO = {
  EventName: 's3:ObjectCreated:Put',
  Key: 'media/a.bin',
  Records: [{ eventName: 's3:ObjectCreated:Put', s3: { bucket: { name: 'media' }, object: { key: 'a.bin' } } }]
}

// MinIO of 2019, in a bucket without versions.
const MINIO_2019 = {
  EventName: 's3:ObjectCreated:Put',
  Key: 'media/ev/a b+c%ü.bin',
  Records: [
    {
      eventVersion: '2.0',
      eventSource: 'minio:s3',
      awsRegion: '',
      eventTime: '2026-11-22T21:40:29Z',
      eventName: 's3:ObjectCreated:Put',
      userIdentity: {
        principalId: 'minio'
      },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'Config',
        bucket: { name: 'media', ownerIdentity: { principalId: 'minio' }, arn: 'arn:aws:s3:::media' },
        object: {
          key: 'ev%2Fa+b%2Bc%25%C3%BC.bin',
          size: 6,
          eTag: 'b1946ac92492d2347c6235b4d2611184',
          contentType: 'application/octet-stream',
          userMetadata: {},
          versionId: '1',
          sequencer: '16'
        }
      },
      source: {
        host: '127.0.0.1', port: '', userAgent: 'x'
      }
    }
  ]
}
// As EventBridge has it: the key as it is.
const BRIDGE = {
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: '111122223333',
  time: '2026-11-12T00:00:00Z',
  region: 'ca-central-1',
  resources: [
    'arn:aws:s3:::media'
  ],
  detail: {
    version: '0',
    bucket: { name: 'media' },
    object: {
      key: 'a b+c/%41.jpg',
      size: 5,
      etag: 'b1946ac92492d2347c6235b4d2611184',
      'version-id': 'IYV3p45BT0ac8hjHg1houSdS1a.Mro8e',
      sequencer: '617f08299329d189'
    },
    'request-id': 'N4N7GDK58NMKJ12R',
    requester: '123456789012',
    'source-ip-address': '1.2.3.4',
    reason: 'PutObject'
  }
}

t.test('new objects', async (t) => {
  t.strictSame(createdObjects(CEPH), [{ bucket: 'evbucket', keys: ['a b c/üA.bin', 'a b+c/ü%41.bin'] }])
  t.strictSame(createdObjects(AWS), [
    {
      bucket: 'media',
      keys: ['happy face/ü+.jpg', 'happy+face/%C3%BC%2B.jpg'],
      versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko'
    }
  ])
  t.strictSame(createdObjects(MINIO), [{ bucket: 'media', keys: ['a.bin'] }])
  const [record] = AWS.Records
  t.strictSame(
    createdObjects({
      Records: [{ ...record, eventName: 'ObjectRemoved:Delete' }, { ...record, eventName: 's3:ObjectTagging:Put' }]
    }),
    [],
    'others are left out'
  )
  t.strictSame(
    createdObjects({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'media' }), [], 'what S3 sends first'
  )
  t.strictSame(createdObjects({ Records: [] }), [])
  t.strictSame(
    createdObjects(MINIO_2019),
    [{ bucket: 'media', keys: ['ev/a b+c%ü.bin', 'ev%2Fa+b%2Bc%25%C3%BC.bin'], versionId: '1' }]
  )
  t.strictSame(
    createdObjects(BRIDGE),
    [{ bucket: 'media', keys: ['a b+c/%41.jpg'], versionId: 'IYV3p45BT0ac8hjHg1houSdS1a.Mro8e' }]
  )
  t.strictSame(createdObjects({ ...BRIDGE, 'detail-type': 'Object Deleted' }), [])
  t.strictSame(createdObjects(record), createdObjects(AWS), 'a record alone')
  for (const data of [record, AWS]) {
    t.strictSame(
      createdObjects({
        specversion: '1.0',
        type: 'com.amazonaws.s3.ObjectCreated:Put',
        source: 'aws:s3.us-west-2.media',
        id: '1',
        subject: 'x',
        data
      }),
      createdObjects(AWS),
      'a CloudEvent'
    )
  }
  for (const eventName of [
    's3:ObjectCreated:Put', 'ObjectCreated:Copy', 's3:ObjectCreated', 'ObjectCreated', 's3:ObjectSynced:Create'
  ]) {
    t.equal(createdObjects({ Records: [{ ...record, eventName }] }).length, 1, eventName)
  }
  for (const eventName of ['ObjectCreatedNot:Put', 's3:', '', 'ObjectSynced:Delete', 'xObjectCreated:Put']) {
    t.equal(createdObjects({ Records: [{ ...record, eventName }] }).length, 0, eventName)
  }
  t.strictSame(
    createdObjects({
      Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'b' }, object: { key: '100%' } } }]
    }),
    [{ bucket: 'b', keys: ['100%'] }],
    'what cannot be decoded is as it is'
  )
})

t.test('what is no notification', async (t) => {
  const named = (s3: unknown) => ({ Records: [{ eventName: 'ObjectCreated:Put', s3 }] })
  for (const document of [undefined, null, 1, 'x', [], {}, { Records: {} }, { Records: [null] }, { Records: [{}] }, {
    Records: [{ eventName: 5 }]
  }, named(undefined), named({}), named({ bucket: { name: 'b' } }), named({
    bucket: { name: '' }, object: { key: 'k' }
  }), named({ bucket: { name: 'b' }, object: { key: '' } }), named({ bucket: { name: 1 }, object: { key: 'k' } }),
  [AWS], { ...BRIDGE, detail: null }, { ...BRIDGE, detail: { bucket: { name: 'b' } } }, {
    specversion: '1.0', data: '{}'
  }, {
    specversion: '1.0', data: { specversion: '1.0', data: AWS }
  }]) {
    t.throws(() => createdObjects(document), { name: 'SyntaxError' }, JSON.stringify(document))
  }
})
