import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

t.test('--public publishes what is current, not older versions', async (t) => {
  const origin = await startFaultyOrigin(t)
  origin.put('bkt', 'key', { body: Buffer.from('old secret'), versionId: 'v1' })
  origin.put('bkt', 'key', { body: Buffer.from('new'), versionId: 'v2' })
  const env = { AWS_ACCESS_KEY_ID: 'OWN', AWS_SECRET_ACCESS_KEY: 'secret' }
  const server = await startServer(t, { args: ['--origin', origin.endpoint, '--public', 'bkt'], env })
  t.equal((await httpGet(`${server.url}/bkt/key`)).body.toString(), 'new')
  for (const query of ['?versionId=v1', '?versionId=v2', '?versionId=null', '?torrent&versionId=v1']) {
    t.equal((await httpGet(`${server.url}/bkt/key${query}`)).status, 403, query)
  }
  t.ok(
    origin.requests.every(({ url, signer }) => !url.includes('versionId') || signer === undefined),
    'the own pair asks for none'
  )
})

t.test('--public does not publish a key with dot segments, which a store may read as another one', async (t) => {
  const origin = await startFaultyOrigin(t)
  const env = { AWS_ACCESS_KEY_ID: 'OWN', AWS_SECRET_ACCESS_KEY: 'secret' }
  const published = ['--origin', origin.endpoint, '--public', 'bkt/pub/', '--public', 'whole']
  const [asking, denying] = await Promise.all(
    [published, [...published, '--anonymous', 'deny']].map((args) => startServer(t, { args, env }))
  )
  const keys = ['pub/../private/x', 'pub/./x', 'pub/..', 'pub/%2e%2e/private/x', 'pub/..\\private', 'pub/..;/private/x']
  for (const bucket of ['bkt', 'whole']) {
    for (const key of [...keys, 'pub/a..b/.x']) origin.put(bucket, key, { size: 10 })
    origin.put(bucket, 'pub/../open', { size: 10, public: true })
  }
  const get = async (server: Server | undefined, bucket: string, key: string, query = ''): Promise<number> => {
    const path =
      `/${bucket}/${key.split('/').map((part) => encodeURIComponent(part).replaceAll('.', '%2E')).join('/')}${query}`
    return (await rawRequest(server?.port ?? 0, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).status
  }
  for (const bucket of ['bkt', 'whole']) {
    for (const query of ['', '?torrent']) {
      for (const key of keys) {
        for (const server of [asking, denying]) {
          t.equal(await get(server, bucket, key, query), 403, `${bucket}/${key}${query}`)
        }
      }
      t.strictSame(
        [await get(asking, bucket, 'pub/../open', query), await get(denying, bucket, 'pub/../open', query)],
        [200, 403],
        'what is open to everybody is so'
      )
    }
    t.equal(await get(denying, bucket, 'pub/a..b/.x'), 200, 'other dots are none')
  }
  t.strictSame(
    new Set(origin.requests.filter(({ signer }) => signer !== undefined).map(({ url }) => url.replace(/\?.*/, ''))),
    new Set(['/bkt/pub/a..b/.x', '/whole/pub/a..b/.x']),
    'the own pair asks for no other'
  )
})

t.test('a store that sends the unsigned to a login page has private objects', async (t) => {
  if (!need(t, 'python-boto3')) return
  const store = createServer(({ headers, method }, response) => {
    if (headers.authorization === undefined) {
      return response.writeHead(302, { location: 'http://127.0.0.1:9/login' }).end()
    }
    response.writeHead(200, { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', 'content-length': 7 }).end(
      method === 'HEAD' ? undefined : 'content'
    )
  }).listen(0, '127.0.0.1')
  await once(store, 'listening')
  t.teardown(() => { store.close(); store.closeAllConnections() })
  const pair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
  const file = join(t.testdir({ credentials: credentialsText({ a: pair }) }), 'credentials')
  const server = await startServer(t, {
    args: ['--origin', `http://127.0.0.1:${(store.address() as AddressInfo).port}`, '--credentials-file', file]
  })
  const [signed] = signWithBotocore([{ scheme: 'v4', method: 'GET', url: `${server.url}/bkt/key?torrent`, ...pair }])
  const { status, body } = await httpGet(String(signed?.url), { headers: signed?.headers ?? {} })
  t.equal(status, 200)
  t.notMatch(body.toString('latin1'), 'url-list', 'no web seed')
  t.equal(
    (await httpGet(`${server.url}/bkt/key?torrent`)).status,
    400,
    'to the unsigned themselves it is a redirect, which is not followed'
  )
})
