import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { metricsAt } from './support/admin.js'
import { signWithBotocore } from './support/botocore.js'
import { startFaultyOrigin } from './support/faulty-origin.js'
import type { FaultyOrigin } from './support/faulty-origin.js'
import { freePort } from './support/free-port.js'
import { httpGet } from './support/http-get.js'
import { credentialsText } from './support/key-pair.js'
import { parsed } from './support/pieces.js'
import { need } from './support/programs.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'
import { announce } from './support/tracker-client.js'
import { WirePeer } from './support/wire-peer.js'

const OWN = { accessKeyId: 'OWN', secretAccessKey: 'secret' }
const BOB = { accessKeyId: 'BOB', secretAccessKey: 'secret' }
const METRIC = 'object_torrent_own_key_pair_refused'
const LIMIT_MS = 30_000

interface Setting {
  readonly origin: FaultyOrigin
  readonly tracker: { port: number }
  readonly peerPort: number
  readonly admin: string
  readonly start: () => Promise<Server>
}

/** A store whose objects are for key pairs alone, and a server that publishes one bucket of it. */
async function setting (t: Test): Promise<Setting> {
  const origin = await startFaultyOrigin(t)
  origin.put('pub', 'film.bin', { size: 3_000_000, seed: 1 })
  const [port, peerPort, adminPort] = [await freePort(), await freePort(), await freePort()]
  const directory = t.testdir({ credentials: credentialsText({ bob: BOB }) })
  const args = [
    '--origin', origin.endpoint, '--public', 'pub', '--tracker-port', String(port), '--peer-port', String(peerPort), '--admin-port', String(adminPort),
    '--data-dir', join(directory, 'data'), '--credentials-file', join(directory, 'credentials')
  ]
  return { origin, tracker: { port }, peerPort, admin: `http://127.0.0.1:${adminPort}`, start: () => startServer(t, { args, env: { AWS_ACCESS_KEY_ID: OWN.accessKeyId, AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey } }) }
}

const torrentOf = async ({ url }: Server) => parsed((await httpGet(`${url}/pub/film.bin?torrent`)).body)
const errorsOf = (server: Server): string[] => server.stderr().split('\n').filter((line) => line.includes('"level":50') && line.includes('the own key pair'))
const codeOf = ({ body }: { body: Buffer }): string | undefined => /<Code>(\w+)/.exec(body.toString())?.[1]

t.jobs = 4

for (const [status, code] of [[400, 'ExpiredToken'], [403, 'InvalidAccessKeyId'], [403, 'RequestTimeTooSkewed'], [400, 'SomethingNew'], [301, 'PermanentRedirect']] as const) {
  t.test(`the store answers the own key pair with ${status} ${code}`, async (t) => {
    if (!need(t, 'python-boto3')) return
    const { origin, tracker, admin, start } = await setting(t)
    const first = await start()
    const { infoHash, urlList: [webSeed = ''] } = await torrentOf(first)
    const seed = webSeed.replace(/^http:\/\/[^/]*/, '')
    await first.stop()
    origin.faults = { refusedPair: { accessKeyId: OWN.accessKeyId, status, code } }
    const server = await start() // who knows what was public from the store alone
    const seeding = httpGet({ port: server.port, path: seed }, { headers: { range: 'bytes=0-9' } })
    for (let i = 0; i < 3; i++) t.match(await announce(tracker, infoHash), { failure: 'The store of this torrent cannot be asked now.', retryIn: 1 })
    for (const path of ['/pub/film.bin', '/pub/film.bin?torrent', '/pub/film.bin?torrent&magnet']) {
      const answer = await httpGet(server.url + path)
      t.strictSame([answer.status, codeOf(answer)], [503, 'ServiceUnavailable'], path)
    }
    const [own, bobs] = signWithBotocore([OWN, BOB].map((pair) => ({ scheme: 'v4', url: `${server.url}/pub/film.bin`, ...pair })))
    t.equal((await httpGet(String(bobs?.url), { headers: bobs?.headers ?? {} })).status, 200, 'who has another key pair is served')
    const answer = await httpGet(String(own?.url), { headers: own?.headers ?? {} })
    if (status !== 301) t.equal(codeOf(answer), code === 'SomethingNew' ? 'InvalidArgument' : code, 'who signs with it is told what the store says')

    t.equal((await metricsAt(admin)).get(METRIC), 1)
    const ready = await httpGet(`${admin}/readyz`)
    t.strictSame([ready.status, JSON.parse(ready.body.toString())], [200, { status: 'ok', origin: 'ok', store: 'ok', ownKeyPair: 'the origin refuses it; see the log' }])
    const errors = errorsOf(server)
    t.equal(errors.length, 1, 'one line in the log')
    t.match(errors[0], code)
    t.strictSame([(await seeding).status, (await seeding).complete], [0, false], 'the web seed is reset, after a while')

    origin.faults = {}
    t.match(await announce(tracker, infoHash), { failure: undefined, complete: 1 }, 'the store takes it again')
    t.equal((await metricsAt(admin)).get(METRIC), 0)
    t.equal((await httpGet({ port: server.port, path: seed }, { headers: { range: 'bytes=0-9' } })).status, 206)
    t.match(server.stderr(), 'the origin takes the own key pair again')
  })
}

t.test('peers stay while it lasts, and swarms are not forgotten', async (t) => {
  const { origin, tracker, peerPort, start } = await setting(t)
  const { infoHash } = await torrentOf(await start())
  await announce(tracker, infoHash, { port: 7001 })
  const peer = await WirePeer.greeted(t, peerPort, infoHash)
  origin.faults = { refusedPair: { accessKeyId: OWN.accessKeyId, status: 400, code: 'ExpiredToken' } }
  const asked = (): number => origin.requests.filter(({ status }) => status === 400).length
  for (const limit = performance.now() + 2 * LIMIT_MS; performance.now() < limit && asked() === 0;) await sleep(100)
  t.ok(asked() > 0, 'it was asked whether the object is public still')
  t.match(await announce(tracker, infoHash, { port: 7002 }), { retryIn: 1 })
  t.notOk(peer.isClosed)
  origin.faults = {}
  t.match(await announce(tracker, infoHash, { port: 7002 }), { failure: undefined, incomplete: 2 }, 'who was there is there')
  await peer.unchoked()
  t.equal((await peer.block({ index: 0, offset: 0, length: 100 })).length, 100)
})

t.test('nobody can make it look refused', async (t) => {
  const { origin, admin, start } = await setting(t)
  const server = await start()
  t.equal((await httpGet(`${server.url}/pub/film.bin`)).status, 200)
  origin.put('pub', 'sse-c.bin', { size: 10, sseC: { code: 'InvalidRequest', message: 'The object was stored using a form of Server Side Encryption.' } })
  origin.put('pub', 'odd.bin', { size: 10, faults: { errorBody: { status: 400, body: '<Error><Code>XMinioInvalidObjectName</Code><Message>no</Message></Error>' } } })
  origin.put('pub', 'owner.bin', { size: 10, faults: { errorBody: { status: 400, body: '<Error><Code>InvalidBucketOwnerAWSAccountID</Code><Message>no</Message></Error>' } } })
  origin.put('pub', 'denied.bin', { size: 10, readers: ['BOB'] })
  for (const [key, headers, status] of [['sse-c.bin', {}, 400], ['odd.bin', {}, 404], ['owner.bin', { 'x-amz-expected-bucket-owner': 'nobody' }, 400], ['denied.bin', {}, 403], ['none.bin', {}, 404]] as const) {
    for (const query of ['', '?torrent']) t.equal((await httpGet(`${server.url}/pub/${key}${query}`, { headers })).status, status, key + query)
  }
  t.equal((await metricsAt(admin)).get(METRIC), 0)
  t.strictSame(errorsOf(server), [])
})

t.test('a 400 for the unsigned is no verdict on an object either', async (t) => {
  const origin = await startFaultyOrigin(t)
  const film = origin.put('bkt', 'film.bin', { size: 1_000_000, seed: 1, public: true })
  const port = await freePort()
  const args = ['--origin', origin.endpoint, '--tracker-port', String(port), '--data-dir', t.testdir({})]
  const first = await startServer(t, { args })
  const { infoHash, urlList: [webSeed = ''] } = await parsed((await httpGet(`${first.url}/bkt/film.bin?torrent`)).body)
  await first.stop()
  film.faults.errorBody = { status: 400, body: '<Error><Code>SomethingNew</Code><Message>no</Message></Error>' }
  const server = await startServer(t, { args })
  const path = webSeed.replace(/^http:\/\/[^/]*/, '')
  const seeding = httpGet({ port: server.port, path }, { headers: { range: 'bytes=0-9' } })
  t.match(await announce({ port }, infoHash), { retryIn: 1 })
  t.equal((await seeding).status, 0)
  film.faults.errorBody = undefined
  t.match(await announce({ port }, infoHash), { failure: undefined })
  film.faults.errorBody = { status: 400, body: '<Error><Code>InvalidArgument</Code><Message>Invalid version id specified</Message></Error>' }
  const versioned = path.replace(/^(\/-\/seed\/[^/]*)/, `$1.${Buffer.from('no-version').toString('base64url')}`)
  t.equal((await httpGet({ port: server.port, path: versioned })).status, 404, 'but of a version that cannot be it is one')
})
