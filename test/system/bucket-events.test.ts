import { PutObjectCommand, CreateBucketCommand } from '@aws-sdk/client-s3'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { metricsAt, untilMetric } from './support/admin.js'
import { ceph } from './support/ceph.js'
import { awsEnv } from './support/clean-env.js'
import { contentAt } from './support/content.js'
import { startFaultyOrigin } from './support/faulty-origin.js'
import { freePort } from './support/free-port.js'
import { httpGet } from './support/http-get.js'
import { need, programPath } from './support/programs.js'
import { bucketName, s3Client } from './support/s3-client.js'
import { startServer } from './support/server.js'

const run = promisify(execFile)
const TOKEN = 'a-token-of-the-tests'
const HASHED = 'object_torrent_bucket_events_total{outcome="hashed"}'
const KEY_PAIR = { AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: 'secret' }

const notification = (...keys: string[]) => ({ Records: keys.map((key) => ({ eventName: 's3:ObjectCreated:Put', s3: { bucket: { name: 'bkt' }, object: { key } } })) })

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
  const aws = async (...args: string[]): Promise<string> => (await run(programPath('aws'), ['--endpoint-url', store.endpoint, ...args], { env: awsEnv(store.alice), timeout: 60_000 })).stdout
  const attributes = JSON.stringify({ 'push-endpoint': `${admin}/-/events?token=${TOKEN}` })
  const { TopicArn } = JSON.parse(await aws('sns', 'create-topic', '--name', bucket, '--attributes', attributes, '--output', 'json')) as { TopicArn: string }
  await aws('s3api', 'put-bucket-notification-configuration', '--bucket', bucket, '--notification-configuration', JSON.stringify({ TopicConfigurations: [{ Id: 'new', TopicArn, Events: ['s3:ObjectCreated:*'] }] }))

  const keys = ['plain.bin', 'a b+c/ü%41 & "<x>".bin']
  for (const [seed, Key] of keys.entries()) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: contentAt(seed, 0, 100_000) }))
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'empty', Body: '' }))
  await untilMetric(admin, 'object_torrent_bucket_events_total{outcome="skipped"}', (count) => count === 1, TOKEN)
  await untilMetric(admin, HASHED, (count) => count === keys.length, TOKEN)
  const before = await metricsAt(admin, TOKEN)
  t.equal(before.get('object_torrent_bucket_events_total{outcome="failed"}'), 0)
  for (const key of keys) {
    await aws('--endpoint-url', server.url, 's3api', 'get-object-torrent', '--bucket', bucket, '--key', key, '/dev/null')
  }
  const after = await metricsAt(admin, TOKEN)
  t.equal(after.get('object_torrent_torrents_total{source="stored"}'), keys.length, 'not hashed when they are asked for')
  t.equal(after.get('object_torrent_hashed_bytes_total'), before.get('object_torrent_hashed_bytes_total'))
})

t.test('who may push, and what', async (t) => {
  const origin = await startFaultyOrigin(t)
  const adminPort = await freePort()
  const admin = `http://127.0.0.1:${adminPort}`
  const server = await startServer(t, { args: ['--origin', origin.endpoint, '--admin-port', String(adminPort)], env: { ...KEY_PAIR, OBJECT_TORRENT_ADMIN_TOKEN: TOKEN } })
  const push = async (document: unknown, { path = '/-/events', headers = { authorization: `Bearer ${TOKEN}` } }: { path?: string, headers?: Record<string, string> } = {}): Promise<[status: number, body: Record<string, unknown>]> => {
    const response = await fetch(admin + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof document === 'string' ? document : JSON.stringify(document) })
    return [response.status, await response.json() as Record<string, unknown>]
  }
  origin.put('bkt', 'new', { size: 100_000, seed: 1 })
  for (const [headers, path] of [[{}, '/-/events'], [{ authorization: 'Bearer wrong' }, '/-/events'], [{}, '/-/events?token=wrong'], [{}, '/-/events?token=']] as const) {
    t.match(await push(notification('new'), { headers, path }), [401, { error: /token/ }])
  }
  t.equal(origin.requests.length, 0, 'nothing was asked for')
  for (const document of ['', '{', '[]', '{"Records":1}', '"x"', '['.repeat(1_000_000), `{"Records":${'['.repeat(40)}${']'.repeat(40)}}`]) t.match(await push(document), [400, { error: String }], document.slice(0, 20))
  t.equal((await push({ Records: [], padding: 'x'.repeat(2_000_000) }))[0], 413)
  t.equal((await httpGet(`${admin}/-/events?token=${TOKEN}`)).status, 404, 'GET')

  for (const [headers, path] of [[{ authorization: `Bearer ${TOKEN}` }, '/-/events'], [{ authorization: TOKEN }, '/-/events'], [{}, `/-/events?token=${TOKEN}`]] as const) {
    t.match(await push(notification('new'), { headers, path }), [200, { accepted: 1 }], 'a bearer, as MinIO does without a scheme, in the URL')
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
  t.match(await push(notification(...Array.from({ length: 10_001 }, (_, i) => `many ${i}`))), [503, { error: /send it again/ }], 'more than can wait: all or nothing')
})

t.test('without a token nothing is taken', async (t) => {
  const origin = await startFaultyOrigin(t)
  const adminPort = await freePort()
  await startServer(t, { args: ['--origin', origin.endpoint, '--admin-port', String(adminPort)] })
  const response = await fetch(`http://127.0.0.1:${adminPort}/-/events`, { method: 'POST', body: JSON.stringify(notification('x')), headers: { 'content-type': 'application/json' } })
  t.equal(response.status, 401)
  t.match(await response.json(), { error: /OBJECT_TORRENT_ADMIN_TOKEN/ })
})
