import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { signWithBotocore } from './support/botocore.js'
import { startFaultyOrigin } from './support/faulty-origin.js'
import { httpGet } from './support/http-get.js'
import { credentialsText } from './support/key-pair.js'
import { need } from './support/programs.js'
import { startServer } from './support/server.js'

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
  t.ok(origin.requests.every(({ url, signer }) => !url.includes('versionId') || signer === undefined), 'the own pair asks for none')
})

t.test('a store that sends the unsigned to a login page has private objects', async (t) => {
  if (!need(t, 'python-boto3')) return
  const store = createServer(({ headers, method }, response) => {
    if (headers.authorization === undefined) return response.writeHead(302, { location: 'http://127.0.0.1:9/login' }).end()
    response.writeHead(200, { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', 'content-length': 7 }).end(method === 'HEAD' ? undefined : 'content')
  }).listen(0, '127.0.0.1')
  await once(store, 'listening')
  t.teardown(() => { store.close(); store.closeAllConnections() })
  const pair = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
  const file = join(t.testdir({ credentials: credentialsText({ a: pair }) }), 'credentials')
  const server = await startServer(t, { args: ['--origin', `http://127.0.0.1:${(store.address() as AddressInfo).port}`, '--credentials-file', file] })
  const [signed] = signWithBotocore([{ scheme: 'v4', method: 'GET', url: `${server.url}/bkt/key?torrent`, ...pair }])
  const { status, body } = await httpGet(String(signed?.url), { headers: signed?.headers ?? {} })
  t.equal(status, 200)
  t.notMatch(body.toString('latin1'), 'url-list', 'no web seed')
  t.equal((await httpGet(`${server.url}/bkt/key?torrent`)).status, 500, 'for the unsigned themselves it is a wrong configuration')
})
