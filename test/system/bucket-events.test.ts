import { PutObjectCommand, CreateBucketCommand } from '@aws-sdk/client-s3'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import t from 'tap'
import { metricsAt, untilMetric } from '../support/admin.js'
import { ceph } from '../support/ceph.js'
import { awsEnv } from '../support/clean-env.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { outcomeOf } from '../support/hashing.js'
import { httpGet } from '../support/http-get.js'
import { need, programPath } from '../support/programs.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const run = promisify(execFile)
const TOKEN = 'a-token-of-the-tests'
const HASHED = 'object_torrent_bucket_events_total{outcome="hashed"}'
const KEY_PAIR = { AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: 'secret' }

const notification = (...keys: string[]) => ({
  Records: keys.map((key) => ({ eventName: 's3:ObjectCreated:Put', s3: { bucket: { name: 'bkt' }, object: { key } } }))
})

t.test('Ceph pushes, and what is new is hashed before it is asked for', async (t) => {
  const store = ceph(t)
  if (store === undefined || !need(t, 'aws')) return
  const adminPort = await freePort()
  const admin = `http://127.0.0.1:${adminPort}`
  const { accessKeyId, secretAccessKey } = store.alice
  const server = await startServer(t, {
    args: ['--origin', store.endpoint, '--admin-port', String(adminPort)],
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, OBJECT_TORRENT_ADMIN_TOKEN: TOKEN }
  })
  const bucket = bucketName('events')
  const s3 = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const aws = async (...args: string[]): Promise<string> => (await run(
    programPath('aws'), ['--endpoint-url', store.endpoint, ...args], { env: awsEnv(store.alice), timeout: 60_000 }
  )).stdout
  const attributes = JSON.stringify({ 'push-endpoint': `${admin}/-/events?token=${TOKEN}` })
  const { TopicArn } = JSON.parse(
    await aws('sns', 'create-topic', '--name', bucket, '--attributes', attributes, '--output', 'json')
  ) as { TopicArn: string }
  await aws(
    's3api',
    'put-bucket-notification-configuration',
    '--bucket',
    bucket,
    '--notification-configuration',
    JSON.stringify({ TopicConfigurations: [{ Id: 'new', TopicArn, Events: ['s3:ObjectCreated:*'] }] })
  )

  const keys = ['plain.bin', 'a b+c/ü%41 & "<x>".bin']
  for (const [seed, Key] of keys.entries()) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: contentAt(seed, 0, 100_000) }))
  }
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'empty', Body: '' }))
  await untilMetric(admin, 'object_torrent_bucket_events_total{outcome="skipped"}', (count) => count === 1, TOKEN)
  await untilMetric(admin, HASHED, (count) => count === keys.length, TOKEN)
  const before = await metricsAt(admin, TOKEN)
  t.equal(before.get('object_torrent_bucket_events_total{outcome="failed"}'), 0)
  for (const key of keys) {
    await aws(
      '--endpoint-url', server.url, 's3api', 'get-object-torrent', '--bucket', bucket, '--key', key, '/dev/null'
    )
  }
  const after = await metricsAt(admin, TOKEN)
  t.equal(
    after.get('object_torrent_torrents_total{source="stored"}'), keys.length, 'not hashed when they are asked for'
  )
  t.equal(after.get('object_torrent_hashed_bytes_total'), before.get('object_torrent_hashed_bytes_total'))
})

interface Pushed { path?: string, headers?: Record<string, string> }

function pushingTo (admin: string) {
  return async (
    document: unknown, { path = '/-/events', headers = { authorization: `Bearer ${TOKEN}` } }: Pushed = {}
  ): Promise<[status: number, body: Record<string, unknown>]> => {
    // Of bytes, fetch makes up no type.
    const body = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document))
    const response = await fetch(admin + path, {
      method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body
    })
    return [response.status, await response.json() as Record<string, unknown>]
  }
}

t.test('who may push, and what', async (t) => {
  const origin = await startFaultyOrigin(t)
  const adminPort = await freePort()
  const admin = `http://127.0.0.1:${adminPort}`
  const server = await startServer(t, {
    args: ['--origin', origin.endpoint, '--admin-port', String(adminPort)],
    env: { ...KEY_PAIR, OBJECT_TORRENT_ADMIN_TOKEN: TOKEN }
  })
  const push = pushingTo(admin)
  origin.put('bkt', 'new', { size: 100_000, seed: 1 })
  for (const [headers, path] of [
    [{}, '/-/events'],
    [{ authorization: 'Bearer wrong' }, '/-/events'],
    [{}, '/-/events?token=wrong'],
    [{}, '/-/events?token=']
  ] as const) {
    t.match(await push(notification('new'), { headers, path }), [401, { error: /token/ }])
  }
  t.equal(origin.requests.length, 0, 'nothing was asked for')
  for (const document of [
    '', '{', '[]', '{"Records":1}', '"x"', '['.repeat(1_000_000), `{"Records":${'['.repeat(40)}${']'.repeat(40)}}`
  ]) {
    t.match(await push(document), [400, { error: String }], document.slice(0, 20))
  }
  t.equal((await push({ Records: [], padding: 'x'.repeat(2_000_000) }))[0], 413)
  t.equal((await httpGet(`${admin}/-/events?token=${TOKEN}`)).status, 404, 'GET')

  for (const [headers, path] of [
    [{ authorization: `Bearer ${TOKEN}` }, '/-/events'],
    [{ authorization: TOKEN }, '/-/events'],
    [{}, `/-/events?token=${TOKEN}`]
  ] as const) {
    t.match(
      await push(notification('new'), { headers, path }),
      [200, { accepted: 1 }],
      'a bearer, as MinIO does without a scheme, in the URL'
    )
  }
  await untilMetric(admin, HASHED, (count) => count >= 1, TOKEN)
  const reads = origin.requests.filter(({ status }) => status === 206)
  t.equal(reads.reduce((bytes, { bytesSent }) => bytes + bytesSent, 0), 100_000, 'read once')
  t.ok(reads.every(({ headers }) => /AKIAOWN/.test(headers.authorization ?? '')), "with the server's own key pair")

  origin.put('bkt', 'huge', { size: 6_000_000_000, seed: 2 })
  origin.put('bkt', 'ours only', { size: 10, seed: 3, readers: ['AKIAOTHER'] })
  await push(notification('huge', 'missing'))
  await untilMetric(admin, 'object_torrent_bucket_events_total{outcome="skipped"}', (count) => count === 2, TOKEN)
  await push(notification('ours+only'))
  await untilMetric(admin, 'object_torrent_bucket_events_total{outcome="failed"}', (count) => count === 1, TOKEN)
  t.match(server.stderr(), /"key":"ours only".*AccessDenied/)

  origin.put('bkt', 'later', { size: 50_000, seed: 4, faults: { statusBurst: { status: 503, count: 8 } } })
  const before = (await metricsAt(admin, TOKEN)).get(HASHED) ?? 0
  await push(notification('later'))
  await untilMetric(admin, HASHED, (count) => count === before + 1, TOKEN)
  t.match(
    await push(notification(...Array.from({ length: 10_001 }, (_, i) => `many ${i}`))),
    [503, { error: /send it again/ }],
    'more than can wait: all or nothing'
  )
})

t.test('every form that stores, SNS and EventBridge send', async (t) => {
  const origin = await startFaultyOrigin(t)
  const adminPort = await freePort()
  const admin = `http://127.0.0.1:${adminPort}`
  const server = await startServer(t, {
    args: ['--origin', origin.endpoint, '--admin-port', String(adminPort)],
    env: { ...KEY_PAIR, OBJECT_TORRENT_ADMIN_TOKEN: TOKEN }
  })
  const push = pushingTo(admin)
  const authorization = `Bearer ${TOKEN}`
  const put = (key: string, seed: number): void => { origin.put('bkt', key, { size: 10_000, seed }) }
  const inSns = (document: unknown) => ({
    Type: 'Notification',
    TopicArn: 'arn:aws:sns:eu-west-1:1:t',
    Subject: 'Amazon S3 Notification',
    Message: JSON.stringify(document)
  })
  const bridge = (key: string) => ({
    version: '0',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    detail: { version: '0', bucket: { name: 'bkt' }, object: { key, size: 1 }, reason: 'PutObject' }
  })

  let count = 0
  for (const [name, document, headers] of [
    ['SNS, raw delivery', notification('1'), {
      'content-type': 'text/plain; charset=UTF-8',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-rawdelivery': 'true'
    }],
    ['SNS', inSns(notification('2')), {
      'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification'
    }],
    ['SNS from EventBridge', inSns(bridge('3')), { 'content-type': 'text/plain; charset=UTF-8' }],
    ['EventBridge', bridge('4'), { 'content-type': 'application/json; charset=utf-8' }],
    [
      'a CloudEvent',
      {
        specversion: '1.0',
        id: '1',
        type: 'com.amazonaws.s3.ObjectCreated:Put',
        source: 'x',
        data: notification('5').Records[0]
      },
      { 'content-type': 'application/cloudevents+json; charset=utf-8' }
    ],
    ['as of a form: what curl says', notification('6'), { 'content-type': 'application/x-www-form-urlencoded' }],
    ['some other type', notification('7'), { 'content-type': 'binary/octet-stream' }]
  ] as const) {
    put(String(++count), count)
    t.match(await push(document, { headers: { authorization, ...headers } }), [200, { accepted: 1 }], name)
  }
  put('8', 8)
  const { status, body } = await untyped(`${admin}/-/events?token=${TOKEN}`, JSON.stringify(notification('8')))
  t.match([status, body], [200, '{"accepted":1}'], 'no type')
  await untilMetric(admin, HASHED, (hashed) => hashed === 8, TOKEN)

  put('a b+c/%41', 9)
  await push(bridge('a b+c/%41'))
  await untilMetric(admin, HASHED, (hashed) => hashed === 9, TOKEN)
  for (const document of [
    { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'bkt' },
    inSns({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'bkt' })
  ]) {
    t.match(
      await push(document, { headers: { authorization, 'content-type': 'text/plain; charset=UTF-8' } }),
      [200, { accepted: 0 }],
      's3:TestEvent'
    )
  }
  for (const message of ['hello', '['.repeat(500_000), '{}', JSON.stringify(inSns(notification('1')))]) {
    t.match(await push({ Type: 'Notification', Message: message }), [400, { error: String }], message.slice(0, 20))
  }

  const asked = origin.requests.length
  const confirmation = {
    Type: 'SubscriptionConfirmation',
    MessageId: '1',
    Token: 't',
    TopicArn: 'arn:aws:sns:eu-west-1:1:t',
    Message: 'You have chosen to subscribe to the topic …',
    SubscribeURL: `${origin.endpoint}/?Action=ConfirmSubscription&TopicArn=t&Token=of-the-topic`
  }
  const asSns = (type: string) => ({
    headers: { authorization, 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': type }
  })
  t.match(await push(confirmation, asSns(confirmation.Type)), [200, { accepted: 0 }])
  t.match(
    await push({ ...confirmation, Type: 'UnsubscribeConfirmation' }, asSns('UnsubscribeConfirmation')),
    [200, { accepted: 0 }]
  )
  t.match(
    await push(
      { ...confirmation, SubscribeURL: `http://x/\u001b]0;\u202e${'y'.repeat(100_000)}` }, asSns(confirmation.Type)
    ),
    [200, { accepted: 0 }]
  )
  const lines = server.stderr().split('\n').filter((line) => line.includes('a topic')).map(
    (line) => JSON.parse(line) as Record<string, unknown>
  )
  t.match(lines, [
    {
      level: 40,
      topic: confirmation.TopicArn,
      url: confirmation.SubscribeURL,
      msg: /asks whether it may send .* open the url yourself/
    },
    { level: 40, url: confirmation.SubscribeURL, msg: /sends no notifications here anymore/ },
    { url: /^http:\/\/x\/\\u001b\]0;\\u202ey{1000,2048}$/ }
  ])
  t.equal(origin.requests.length, asked, 'and nothing is asked for')
})

t.test('version ids', async (t) => {
  const origin = await startFaultyOrigin(t)
  const adminPort = await freePort()
  const admin = `http://127.0.0.1:${adminPort}`
  const server = await startServer(t, {
    args: ['--origin', origin.endpoint, '--admin-port', String(adminPort)],
    env: { ...KEY_PAIR, OBJECT_TORRENT_ADMIN_TOKEN: TOKEN }
  })
  const push = pushingTo(admin)
  const versioned = (key: string, versionId: string) => ({
    Records: [{ eventName: 's3:ObjectCreated:Put', s3: { bucket: { name: 'bkt' }, object: { key, versionId } } }]
  })
  const sent = (name: string): number => origin.requests.filter(
    ({ url, method, status }) => method === 'GET' && status < 300 && url.split('?')[0] === `/bkt/${name}`
  ).reduce((bytes, { bytesSent }) => bytes + bytesSent, 0)
  const SIZE = 3_000_000

  for (const [key, versionId] of [['minio', '1'], ['suspended', 'null'], ['made-up', 'no-such-version']] as const) {
    origin.put('bkt', key, { size: SIZE, seed: 1, public: true })
    await push(versioned(key, versionId))
  }
  await untilMetric(admin, HASHED, (hashed) => hashed === 3, TOKEN)
  t.equal(
    (await metricsAt(admin, TOKEN)).get('object_torrent_bucket_events_total{outcome="skipped"}'),
    0,
    'what is current is asked for'
  )

  const old = { size: SIZE, seed: 2, versionId: 'v1', public: true }
  const current = { size: SIZE, seed: 3, versionId: 'v2', public: true }
  for (const options of [old, current]) origin.put('bkt', 'film', options)
  await push(versioned('film', 'v2'))
  await untilMetric(admin, HASHED, (hashed) => hashed === 4, TOKEN)
  t.equal(sent('film'), SIZE)
  for (const query of ['', '&versionId=v2']) {
    t.equal(
      await outcomeOf(await httpGet(`${server.url}/bkt/film?torrent${query}`), old, current), 'torrent of 1', query
    )
  }
  t.equal(sent('film'), SIZE, 'hashed once, whether it is asked for by its id or not')
  t.equal(await outcomeOf(await httpGet(`${server.url}/bkt/film?torrent&versionId=v1`), old, current), 'torrent of 0')
  t.equal(sent('film'), 2 * SIZE, 'another version is hashed by itself')

  const faults = { bytesPerSecond: 2_000_000 }
  const slow = { size: SIZE, seed: 4, versionId: 'v1', public: true }
  origin.put('bkt', 'slow', { ...slow, faults })
  const torrent = httpGet(`${server.url}/bkt/slow?torrent`)
  await until(
    'it is being hashed',
    () => sent('slow') > 0 || origin.requests.some(({ url, method }) => method === 'GET' && url.startsWith('/bkt/slow'))
  )
  for (const versionId of ['v1', 'v1', 'none']) await push(versioned('slow', versionId))
  await untilMetric(admin, HASHED, (hashed) => hashed === 7, TOKEN)
  t.equal(await outcomeOf(await torrent, slow), 'torrent of 0')
  t.equal(sent('slow'), SIZE, 'notifications of what is being hashed join the job')
})

t.test('without a token nothing is taken', async (t) => {
  const origin = await startFaultyOrigin(t)
  const adminPort = await freePort()
  await startServer(t, { args: ['--origin', origin.endpoint, '--admin-port', String(adminPort)] })
  const response = await fetch(`http://127.0.0.1:${adminPort}/-/events`, {
    method: 'POST', body: JSON.stringify(notification('x')), headers: { 'content-type': 'application/json' }
  })
  t.equal(response.status, 401)
  t.match(await response.json(), { error: /OBJECT_TORRENT_ADMIN_TOKEN/ })
})

async function untyped (url: string, body: string): Promise<{ status: number | undefined, body: string }> {
  const outgoing = request(url, { method: 'POST', agent: false, signal: AbortSignal.timeout(20_000) })
  outgoing.end(body)
  const [response] = await once(outgoing, 'response') as [IncomingMessage]
  return { status: response.statusCode, body: await text(response) }
}
