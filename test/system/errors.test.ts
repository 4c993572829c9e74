import {
  CreateBucketCommand, GetObjectCommand, PutBucketRequestPaymentCommand, PutObjectCommand
} from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { ceph } from '../support/ceph.js'
import { contentAt } from '../support/content.js'
import { checkErrors } from '../support/error-check.js'
import type { ErrorRow } from '../support/error-check.js'
import { httpGet } from '../support/http-get.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'

const SSE_C =
  'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to ' +
  'retrieve the object.'
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.'
/** What a signature was held against, by the scheme. */
const signedBy = (scheme: string): Record<string, RegExp> => ({
  StringToSign: /./s, SignatureProvided: /^\S+$/, ...(scheme.startsWith('v4') && { CanonicalRequest: /^GET\n\// })
})
const iso = (minutesFromNow: number): string => new Date(Date.now() + minutesFromNow * 60_000).toISOString()

t.test('errors on Ceph', async (t) => {
  const store = ceph(t)
  if (store === undefined || !need(t, 'python-boto3')) return
  const server = await startServer(t, {
    args: ['--origin', store.endpoint, '--credentials-file', store.credentialsFile]
  })
  const atStore = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  const bucket = bucketName('errors')
  const paid = bucketName('errors-paid')
  const content = contentAt(70, 0, 1000)
  const customerKey = Buffer.alloc(32, 7)
  const customer = {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: customerKey.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(customerKey).digest('base64')
  }
  await atStore.send(new CreateBucketCommand({ Bucket: bucket }))
  await atStore.send(new CreateBucketCommand({ Bucket: paid }))
  await atStore.send(new PutObjectCommand({ Bucket: bucket, Key: 'private', Body: content }))
  await atStore.send(new PutObjectCommand({ Bucket: bucket, Key: 'public', Body: content, ACL: 'public-read' }))
  await atStore.send(new PutObjectCommand({ Bucket: bucket, Key: 'empty', Body: '', ACL: 'public-read' }))
  await atStore.send(new PutObjectCommand({
    Bucket: bucket, Key: 'sse-c', Body: content, ACL: 'public-read', ...customer
  }))
  await atStore.send(new PutObjectCommand({ Bucket: paid, Key: 'paid', Body: content, ACL: 'public-read' }))
  await atStore.send(new PutBucketRequestPaymentCommand({
    Bucket: paid, RequestPaymentConfiguration: { Payer: 'Requester' }
  }))

  const alice = { scheme: 'v4', ...store.alice } as const
  const bob = { scheme: 'v4', ...store.bob } as const
  const schemes = ['v4', 'v4-presign', 'v2', 'v2-presign'] as const
  const torrent = (key: string): string => `/${bucket}/${key}?torrent`
  const denied = { status: 403, code: 'AccessDenied', message: 'Access Denied' }
  const noSuchKey = { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' }
  const noSuchBucket = { status: 404, code: 'NoSuchBucket', message: 'The specified bucket does not exist' }
  const notImplemented = {
    status: 501, code: 'NotImplemented', message: 'A header you provided implies functionality that is not implemented'
  }
  const ofBucket = {
    status: 400,
    code: 'RequestTorrentOfBucketError',
    message: 'Requesting the torrent file of a bucket is not permitted.',
    details: { BucketName: bucket }
  }
  const conflict = (names: string, first: string): Omit<ErrorRow, 'name' | 'target'> =>
    ({
      status: 400,
      code: 'InvalidArgument',
      message: `Conflicting query string parameters: ${names}`,
      details: {
        ArgumentName: 'ResourceType', ArgumentValue: first
      }
    })

  t.test('the object', async (t) => {
    checkErrors(t, server, [
      { name: 'the torrent of a bucket', target: `/${bucket}?torrent`, sign: alice, ...ofBucket },
      { name: 'the torrent of a bucket, with a slash, unsigned', target: `/${bucket}/?torrent`, ...ofBucket },
      { name: 'the torrent of nothing', target: '/?torrent', ...notImplemented },
      {
        name: 'no such bucket',
        target: '/no-such-bucket-here/key?torrent',
        sign: alice,
        ...noSuchBucket,
        details: { BucketName: 'no-such-bucket-here' }
      },
      {
        name: 'no such bucket, unsigned',
        target: '/no-such-bucket-here/key?torrent',
        ...noSuchBucket,
        details: { BucketName: 'no-such-bucket-here' }
      },
      {
        name: 'no such key', target: torrent('no/such/key'), sign: alice, ...noSuchKey, details: { Key: 'no/such/key' }
      },
      {
        name: 'no such key, which XML must escape',
        target: torrent('%3Ca%3E%26%22%20%C3%A9'),
        sign: alice,
        ...noSuchKey,
        details: { Key: '<a>&" é' }
      },
      { name: 'no such key, and no right to list', target: torrent('no/such/key'), sign: bob, ...denied },
      { name: 'no such key, unsigned', target: torrent('no/such/key'), ...denied },
      {
        name: 'zero bytes',
        target: torrent('empty'),
        status: 400,
        code: 'InvalidRequest',
        message: 'Torrent creation is not supported for objects of zero bytes'
      },
      { name: 'SSE-C', target: torrent('sse-c'), sign: alice, status: 400, code: 'InvalidRequest', message: SSE_C },
      { name: 'SSE-C, unsigned', target: torrent('sse-c'), status: 400, code: 'InvalidRequest', message: SSE_C },
      {
        name: 'SSE-C asked of an object that is stored without',
        target: torrent('public'),
        headers: { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' },
        sign: alice,
        status: 400,
        code: 'InvalidRequest',
        message: SSE_C
      },
      {
        name: 'a bucket name that cannot be',
        target: '/not:a:bucket/key?torrent',
        status: 400,
        code: 'InvalidBucketName',
        message: 'The specified bucket is not valid.',
        details: { BucketName: 'not:a:bucket' }
      },
      {
        name: 'no such bucket, of a name that cannot be given today',
        target: '/No_Such_Bucket/key?torrent',
        sign: alice,
        ...noSuchBucket,
        details: { BucketName: 'No_Such_Bucket' }
      },
      {
        name: 'an escape that is none',
        target: `/${bucket}/100%?torrent`,
        status: 400,
        code: 'InvalidURI',
        message: "Couldn't parse the specified URI."
      },
      {
        name: 'an empty versionId',
        target: `${torrent('public')}&versionId=`,
        status: 400,
        code: 'InvalidArgument',
        message: 'Invalid version id specified',
        details: {
          ArgumentName: 'versionId', ArgumentValue: ''
        }
      }
    ])
  })

  t.test('access', async (t) => {
    checkErrors(t, server, [
      { name: 'no READ access', target: torrent('private'), sign: bob, ...denied },
      { name: 'no READ access, unsigned', target: torrent('private'), ...denied },
      {
        name: 'the bucket has another owner',
        target: torrent('private'),
        sign: alice,
        headers: { 'x-amz-expected-bucket-owner': 'bob' },
        ...denied
      },
      {
        name: 'the bucket has another owner, unsigned',
        target: torrent('public'),
        headers: { 'x-amz-expected-bucket-owner': 'bob' },
        ...denied
      },
      { name: 'requester pays, without the header', target: `/${paid}/paid?torrent`, sign: bob, ...denied },
      {
        name: 'requester pays, unsigned',
        target: `/${paid}/paid?torrent`,
        headers: { 'x-amz-request-payer': 'requester' },
        ...denied
      }
    ])
  })

  t.test('signatures', async (t) => {
    checkErrors(t, server, [
      ...schemes.map((scheme): ErrorRow => ({
        name: `unknown access key id, ${scheme}`,
        target: torrent('public'),
        sign: { scheme, accessKeyId: 'NOBODYSACCESSKEY0001', secretAccessKey: store.alice.secretAccessKey },
        status: 403,
        code: 'InvalidAccessKeyId',
        message: 'The AWS Access Key Id you provided does not exist in our records.'
      })),
      ...schemes.map((scheme): ErrorRow => ({
        name: `wrong secret, ${scheme}`,
        target: torrent('public'),
        sign: { scheme, accessKeyId: store.alice.accessKeyId, secretAccessKey: store.bob.secretAccessKey },
        status: 403,
        code: 'SignatureDoesNotMatch',
        message: MISMATCH,
        details: { AWSAccessKeyId: store.alice.accessKeyId, ...signedBy(scheme) }
      })),
      ...schemes.map((scheme): ErrorRow => ({
        name: `signed for another key, ${scheme}`,
        target: torrent('public'),
        sign: { scheme, ...store.alice },
        tamper: (target) => target.replace('/public', '/private'),
        status: 403,
        code: 'SignatureDoesNotMatch',
        message: MISMATCH,
        details: { AWSAccessKeyId: store.alice.accessKeyId, ...signedBy(scheme) }
      })),
      ...(['v4', 'v2'] as const).flatMap((scheme) => [-16, 16].map((minutes): ErrorRow => ({
        name: `a clock that is ${minutes} minutes off, ${scheme}`,
        target: torrent('public'),
        sign: { scheme, ...store.alice, date: iso(minutes) },
        status: 403,
        code: 'RequestTimeTooSkewed',
        message: 'The difference between the request time and the current time is too large.',
        details: { ServerTime: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, MaxAllowedSkewMilliseconds: '900000' }
      }))),
      ...(['v4-presign', 'v2-presign'] as const).map((scheme): ErrorRow => ({
        name: `expired, ${scheme}`,
        target: torrent('public'),
        sign: { scheme, ...store.alice, date: iso(-10), expires: 300 },
        status: 403,
        code: 'AccessDenied',
        message: 'Request has expired',
        details: { ExpiresDate: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, ServerTime: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ }
      })),
      {
        name: 'a region that is not the configured one',
        target: torrent('public'),
        sign: { ...alice, region: 'eu-west-1' },
        status: 400,
        code: 'AuthorizationHeaderMalformed',
        message: "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
        details: { Region: 'us-east-1' }
      },
      {
        name: 'a presigned region that is not the configured one',
        target: torrent('public'),
        sign: { ...alice, scheme: 'v4-presign', region: 'eu-west-1' },
        status: 400,
        code: 'AuthorizationQueryParametersError',
        message: "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
        details: { Region: 'us-east-1' }
      },
      {
        name: 'an Authorization header cut short',
        target: torrent('public'),
        headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' },
        status: 400,
        code: 'AuthorizationHeaderMalformed',
        message: 'The authorization header is malformed; the components Credential, SignedHeaders and Signature ' +
          'are required, once each.'
      },
      {
        name: 'a presigned URL cut short',
        target: `${torrent('public')}&X-Amz-Algorithm=AWS4-HMAC-SHA256`,
        status: 400,
        code: 'AuthorizationQueryParametersError',
        message: 'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, ' +
          'X-Amz-Date, X-Amz-Expires, X-Amz-SignedHeaders, X-Amz-Signature parameters, once each.'
      },
      {
        name: 'a presigned URL for more than a week',
        target: torrent('public'),
        sign: { ...alice, scheme: 'v4-presign', expires: 604801 },
        status: 400,
        code: 'AuthorizationQueryParametersError',
        message: 'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be ' +
          'less than 604800 seconds.'
      },
      {
        name: 'an Authorization header of another kind',
        target: torrent('public'),
        headers: { authorization: 'Basic YWxpY2U6c2VjcmV0' },
        status: 400,
        code: 'InvalidArgument',
        message: 'Unsupported Authorization Type',
        details: { ArgumentName: 'Authorization' }
      }
    ])
    t.test('a clock that is 14 minutes off, and a URL that is about to expire, are accepted', async (t) => {
      const url = server.url + torrent('public')
      const signed = signWithBotocore([
        ...[-14, 14].flatMap(
          (minutes) => (['v4', 'v2'] as const).map((scheme) => ({ scheme, ...store.alice, url, date: iso(minutes) }))
        ),
        ...(['v4-presign', 'v2-presign'] as const).map((scheme) => ({
          scheme, ...store.alice, url, date: iso(-10), expires: 660
        }))
      ])
      for (const { url, headers } of signed) t.equal((await httpGet(url, { headers })).status, 200)
      t.equal(signed.length, 6)
    })
  })

  t.test('sub-resources', async (t) => {
    checkErrors(t, server, [
      { name: 'two', target: `/${bucket}/public?acl&torrent`, sign: alice, ...conflict('acl, torrent', 'acl') },
      {
        name: 'two, in the other order', target: `/${bucket}/public?torrent=&acl=`, ...conflict('acl, torrent', 'acl')
      },
      {
        name: 'two, of another kind',
        target: `/${bucket}/public?torrent&uploads&tagging`,
        ...conflict('tagging, torrent, uploads', 'tagging')
      },
      {
        name: 'two are refused before the bucket is looked for',
        target: '/no-such-bucket-here/key?acl&torrent',
        ...conflict('acl, torrent', 'acl')
      },
      {
        name: 'and before the signature',
        target: `/${bucket}/public?acl&torrent`,
        sign: { ...alice, secretAccessKey: 'wrong' },
        ...conflict('acl, torrent', 'acl')
      },
      ...['acl', 'tagging', 'retention', 'uploads', 'attributes', 'partNumber=1', 'uploadId=x'].map((query): ErrorRow =>
        ({ name: `?${query}`, target: `/${bucket}/public?${query}`, sign: alice, ...notImplemented })),
      ...['', '?versions', '?list-type=2', '?policy'].map((query): ErrorRow =>
        ({ name: `of a bucket: ${query}`, target: `/${bucket}${query}`, sign: alice, ...notImplemented }))
    ])
    t.test('what is no sub-resource is ignored', async (t) => {
      const plain = await httpGet(server.url + torrent('public'))
      t.equal(plain.status, 200)
      for (const query of [
        '?torrent=', '?torrent&x-id=GetObjectTorrent', '?x-id=GetObject&torrent', '?torrent&foo=bar&ACL', '?&torrent&',
        '?torrent=yes'
      ]) {
        const { status, body } = await httpGet(`${server.url}/${bucket}/public${query}`)
        t.strictSame([status, body], [200, plain.body], query)
      }
      for (const query of ['?Torrent', '?TORRENT', '?torrents', '?x=torrent', '?%20torrent']) {
        const { status, body } = await httpGet(`${server.url}/${bucket}/public${query}`)
        t.strictSame([status, body.equals(content)], [200, true], `${query}: names are case-sensitive`)
      }
      t.same((await httpGet(`${server.url}/${bucket}/public?%74orrent`)).body, plain.body, 'an escaped t is a t')
    })
  })

  t.test('any other method is MethodNotAllowed, and nothing of it reaches the store', async (t) => {
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS']) {
      const [signed] = signWithBotocore(
        [{ ...alice, method, url: server.url + torrent('private'), payload: 'unsigned' }]
      )
      const headers = Object.entries({
        Host: `127.0.0.1:${server.port}`, ...signed?.headers, 'Content-Length': '7'
      }).map(
        ([name, value]) => `${name}: ${value}`
      )
      const { status, headers: answered, body } = await rawRequest(
        server.port, [`${method} ${torrent('private')} HTTP/1.1`, ...headers, '', 'garbage'].join('\r\n')
      )
      t.equal(status, 405, method)
      t.strictSame(answered['allow'], ['GET, HEAD'])
      t.match(body.toString(), new RegExp('<Error><Code>MethodNotAllowed</Code><Message>The specified method is ' +
        'not allowed against this resource\\.</Message>' +
        `<Method>${method}</Method><ResourceType>OBJECT</ResourceType><Resource>/${bucket}/private</Resource>` +
        '<RequestId>[0-9A-F]{16}</RequestId><HostId>[^<]{40,}</HostId></Error>$'))
    }
    for (const target of [`/${bucket}`, '/', `/${bucket}?torrent`, `/${bucket}/private`, '/-/seed/x/y/z']) {
      t.equal((await httpGet(server.url + target, { method: 'DELETE' })).status, 405, `DELETE ${target}`)
    }
    const { Body } = await atStore.send(new GetObjectCommand({ Bucket: bucket, Key: 'private' }))
    t.ok(content.equals(await Body?.transformToByteArray() ?? Buffer.alloc(0)), 'the object is what it was')
  })

  t.test('every answer has its own x-amz-request-id and x-amz-id-2', async (t) => {
    const { headers: { etag = '' } } = await httpGet(server.url + torrent('public'))
    const answers = [
      await httpGet(server.url + torrent('public')),
      await httpGet(server.url + torrent('public'), { method: 'HEAD' }),
      await httpGet(server.url + torrent('public'), { headers: { 'if-none-match': etag } }),
      await httpGet(`${server.url}/${bucket}/public`, { headers: { range: 'bytes=0-0' } }),
      await httpGet(`${server.url}/${bucket}/public`, { headers: { range: 'bytes=1000-' } }),
      await httpGet(server.url + torrent('private')),
      await httpGet(`${server.url}/${bucket}?location`),
      await httpGet(`${server.url}/-/nothing`),
      await httpGet(`${server.url}/${bucket}/public`, { method: 'PUT' })
    ]
    t.strictSame(answers.map(({ status }) => status), [200, 200, 304, 206, 416, 403, 200, 404, 405])
    for (const { headers } of answers) {
      t.match(headers['x-amz-request-id'], /^[0-9A-F]{16}$/)
      t.match(headers['x-amz-id-2'], /^[A-Za-z0-9+/]{40,}=*$/)
    }
    t.equal(new Set(answers.map(({ headers }) => headers['x-amz-request-id'])).size, answers.length)
    const broken = await rawRequest(server.port, 'GET / HTTP/1.1\r\nno colon\r\n\r\n')
    t.equal(broken.status, 400)
    t.match(broken.headers['x-amz-request-id']?.[0], /^[0-9A-F]{16}$/)
    t.match(broken.body.toString(), '<Code>BadRequest</Code>')
  })
})
