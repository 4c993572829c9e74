import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { metricsAt } from '../support/admin.js'
import { signWithBotocore } from '../support/botocore.js'
import { CertificateAuthority } from '../support/certificate-authority.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { FaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { startProxy, tlsBefore } from '../support/http-proxy.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { runServer, startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { announce } from '../support/tracker-client.js'
import { until } from '../support/until.js'
import { WirePeer } from '../support/wire-peer.js'

const OWN = { accessKeyId: 'OWN', secretAccessKey: 'secret' }
const BOB = { accessKeyId: 'BOB', secretAccessKey: 'secret' }
const METRIC = 'object_torrent_own_key_pair_refused'

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
    '--origin', origin.endpoint, '--public', 'pub', '--tracker-port', String(port), '--peer-port', String(
      peerPort
    ), '--admin-port', String(
      adminPort
    ),
    '--data-dir', join(directory, 'data'), '--credentials-file', join(directory, 'credentials')
  ]
  return {
    origin,
    tracker: { port },
    peerPort,
    admin: `http://127.0.0.1:${adminPort}`,
    start: () => startServer(t, {
      args, env: { AWS_ACCESS_KEY_ID: OWN.accessKeyId, AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey }
    })
  }
}

const torrentOf = async ({ url }: Server, key = 'film.bin') => parsed((await httpGet(`${url}/pub/${key}?torrent`)).body)
const errorsOf = (server: Server): string[] => server.stderr().split('\n').filter(
  (line) => line.includes('"level":50') && line.includes('the own key pair')
)
const takenAgain = (server: Server): number =>
  server.stderr().split('\n').filter((line) => line.includes('the origin takes the own key pair again')).length
const codeOf = ({ body }: { body: Buffer }): string | undefined => /<Code>(\w+)/.exec(body.toString())?.[1]

t.jobs = 4

const REFUSALS = [
  { status: 400, code: 'ExpiredToken' },
  { status: 403, code: 'InvalidAccessKeyId' },
  { status: 403, code: 'RequestTimeTooSkewed' },
  { status: 400, code: 'SomethingNew' },
  { status: 301, code: 'PermanentRedirect' }
] as const

t.test('the store refuses the own key pair', async (t) => {
  if (!need(t, 'python-boto3')) return
  const { origin, tracker, admin, start } = await setting(t)
  const first = await start()
  const torrents: Array<Awaited<ReturnType<typeof torrentOf>>> = []
  for (const [i, { code }] of REFUSALS.entries()) {
    origin.put('pub', code, { size: 100_000, seed: i })
    torrents.push(await torrentOf(first, code))
  }
  await first.stop()
  // It knows from the store alone what was public: each object is asked for first while the pair is refused.
  const server = await start()
  const signed = signWithBotocore(REFUSALS.flatMap(({ code }) => [OWN, BOB].map(
    (pair) => ({ scheme: 'v4' as const, url: `${server.url}/pub/${code}`, ...pair })
  )))
  for (const [i, { status, code }] of REFUSALS.entries()) {
    await t.test(`with ${status} ${code}`, async (t) => {
      const { infoHash = '', urlList: [webSeed = ''] = [] } = torrents[i] ?? {}
      const seed = webSeed.replace(/^http:\/\/[^/]*/, '')
      const [own, bobs] = signed.slice(2 * i)
      origin.faults = { refusedPair: { accessKeyId: OWN.accessKeyId, status, code } }
      const seeding = httpGet({ port: server.port, path: seed }, { headers: { range: 'bytes=0-9' } })
      for (let i = 0; i < 3; i++) {
        t.match(await announce(tracker, infoHash), {
          failure: 'The store of this torrent cannot be asked now.', retryIn: 1
        })
      }
      for (const path of [`/pub/${code}`, `/pub/${code}?torrent`, `/pub/${code}?torrent&magnet`]) {
        const answer = await httpGet(server.url + path)
        t.strictSame([answer.status, codeOf(answer)], [503, 'ServiceUnavailable'], path)
      }
      t.equal(
        (await httpGet(String(bobs?.url), { headers: bobs?.headers ?? {} })).status, 200, 'another key pair is served'
      )
      const answer = await httpGet(String(own?.url), { headers: own?.headers ?? {} })
      if (status !== 301) {
        t.equal(
          codeOf(answer),
          code === 'SomethingNew' ? 'InvalidArgument' : code,
          'a client that signs with it is told what the store says'
        )
      }

      t.equal((await metricsAt(admin)).get(METRIC), 1)
      const ready = await httpGet(`${admin}/readyz`)
      t.strictSame(
        [ready.status, JSON.parse(ready.body.toString())],
        [200, { status: 'ok', origin: 'ok', store: 'ok', ownKeyPair: 'the origin refuses it; see the log' }]
      )
      if (i === 0) {
        const errors = errorsOf(server)
        t.equal(errors.length, 1, 'one line in the log')
        t.match(errors[0], code)
      }
      t.strictSame(
        [(await seeding).status, (await seeding).complete], [0, false], 'the web seed is reset, after a while'
      )

      origin.faults = {}
      t.match(await announce(tracker, infoHash), { failure: undefined, complete: 1 }, 'the store takes it again')
      t.equal((await metricsAt(admin)).get(METRIC), 0)
      t.equal((await httpGet({ port: server.port, path: seed }, { headers: { range: 'bytes=0-9' } })).status, 206)
      t.equal(takenAgain(server), i + 1, 'a line in the log says so')
    })
  }
})

t.test('peers stay while it lasts, and swarms are not forgotten', async (t) => {
  const { origin, tracker, peerPort, start } = await setting(t)
  const { infoHash } = await torrentOf(await start())
  await announce(tracker, infoHash, { port: 7001 })
  const peer = await WirePeer.greeted(t, peerPort, infoHash)
  origin.faults = { refusedPair: { accessKeyId: OWN.accessKeyId, status: 400, code: 'ExpiredToken' } }
  const asked = (): number => origin.requests.filter(({ status }) => status === 400).length
  await until('it is asked whether the object is public still', () => asked() > 0)
  t.match(await announce(tracker, infoHash, { port: 7002 }), { retryIn: 1 })
  t.notOk(peer.isClosed)
  origin.faults = {}
  t.match(
    await announce(tracker, infoHash, { port: 7002 }), { failure: undefined, incomplete: 2 }, 'who was there is there'
  )
  await peer.unchoked()
  t.equal((await peer.block({ index: 0, offset: 0, length: 100 })).length, 100)
})

t.test('nobody can make it look refused', async (t) => {
  const { origin, admin, start } = await setting(t)
  const server = await start()
  t.equal((await httpGet(`${server.url}/pub/film.bin`)).status, 200)
  origin.put('pub', 'sse-c.bin', {
    size: 10, sseC: { code: 'InvalidRequest', message: 'The object was stored using a form of Server Side Encryption.' }
  })
  origin.put('pub', 'odd.bin', {
    size: 10,
    faults: {
      errorBody: { status: 400, body: '<Error><Code>XMinioInvalidObjectName</Code><Message>no</Message></Error>' }
    }
  })
  origin.put('pub', 'owner.bin', {
    size: 10,
    faults: {
      errorBody: {
        status: 400, body: '<Error><Code>InvalidBucketOwnerAWSAccountID</Code><Message>no</Message></Error>'
      }
    }
  })
  origin.put('pub', 'denied.bin', { size: 10, readers: ['BOB'] })
  for (const [key, headers, status] of [
    ['sse-c.bin', {}, 400],
    ['odd.bin', {}, 404],
    ['owner.bin', { 'x-amz-expected-bucket-owner': 'nobody' }, 400],
    ['denied.bin', {}, 403],
    ['none.bin', {}, 404]
  ] as const) {
    for (const query of ['', '?torrent']) {
      t.equal((await httpGet(`${server.url}/pub/${key}${query}`, { headers })).status, status, key + query)
    }
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
  film.faults.errorBody = {
    status: 400, body: '<Error><Code>InvalidArgument</Code><Message>Invalid version id specified</Message></Error>'
  }
  const versioned = path.replace(/^(\/-\/seed\/[^/]*)/, `$1.${Buffer.from('no-version').toString('base64url')}`)
  t.equal(
    (await httpGet({ port: server.port, path: versioned })).status, 404, 'but of a version that cannot be it is one'
  )
})

/** Hands out a container's key pairs, which end soon; null: it is down. */
async function container (t: Test, pair: { id: string, seconds: number } | null): Promise<{
  pair: typeof pair
  url: string
}> {
  const role = { pair, url: '' }
  const server = createServer((_request, response) => {
    if (role.pair === null) return response.writeHead(500).end()
    const { id, seconds } = role.pair
    response.end(JSON.stringify({
      AccessKeyId: id,
      SecretAccessKey: 's',
      Token: `token of ${id}`,
      Expiration: new Date(Date.now() + seconds * 1000).toISOString()
    }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close().closeAllConnections() })
  role.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/role`
  return role
}

t.test("a container's role, whose pairs change; the store is behind a proxy and a CA of its own", async (t) => {
  if (!need(t, 'openssl')) return
  const directory = t.testdir({})
  const ca = new CertificateAuthority(join(directory, 'ca'))
  const origin = await startFaultyOrigin(t)
  origin.put('pub', 'film.bin', { size: 3_000_000, seed: 1 })
  const proxy = await startProxy(t)
  proxy.wants = 'me:hunter2'
  const role = await container(t, { id: 'ROLE1', seconds: 4 })
  const [port, tlsPort] = [await freePort(), await tlsBefore(t, origin.port, ca.issue('DNS:store.test'))]
  const server = await startServer(t, {
    args: [
      '--origin', `https://store.test:${tlsPort}`, '--public', 'pub', '--own-credentials', 'default', '--tracker-port',
      String(port), '--data-dir', join(directory, 'data')
    ],
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: role.url,
      AWS_CA_BUNDLE: ca.certPath,
      HTTPS_PROXY: proxy.url.replace('//', '//me:hunter2@')
    }
  })
  const { infoHash } = await torrentOf(server)
  t.equal(origin.requests.at(-1)?.signer, 'ROLE1')
  t.match(origin.requests.at(-1)?.headers, { 'x-amz-security-token': 'token of ROLE1' })
  t.ok(origin.requests.some(
    ({ method, status, headers }) => method === 'GET' && status === 206 && headers['user-agent'] === 'object-torrent'
  ), 'the threads have read it')
  t.strictSame([...new Set(proxy.seen)], [`CONNECT store.test:${tlsPort}`])
  t.equal((await announce({ port }, infoHash, { port: 7001 })).failure, undefined)

  role.pair = { id: 'ROLE2', seconds: 4 }
  await until(
    'another pair',
    async () => (await httpGet(`${server.url}/pub/film.bin`, { method: 'HEAD' })).status === 200 &&
      origin.requests.at(-1)?.signer === 'ROLE2'
  )
  role.pair = null
  await until('its end', async () => (await httpGet(`${server.url}/pub/film.bin`)).status === 503)
  const asked = origin.requests.length
  t.equal(codeOf(await httpGet(`${server.url}/pub/film.bin?torrent`)), 'ServiceUnavailable')
  await until(
    'the tracker to ask again',
    async () => (await announce({ port }, infoHash, {
      port: 7002
    })).failure === 'The store of this torrent cannot be asked now.',
    60_000
  )
  t.equal(origin.requests.length, asked, 'a pair that has ended is not sent')
  await until('a line about it', () => server.stderr().includes('the own key pair could not be renewed'))
  t.match(server.stderr(), 'the origin is asked through a proxy, as HTTPS_PROXY says')
  role.pair = { id: 'ROLE3', seconds: 3600 }
  await until(
    'a pair again', async () => (await httpGet(`${server.url}/pub/film.bin`, { method: 'HEAD' })).status === 200, 60_000
  )
  t.match(
    await announce({ port }, infoHash, { port: 7002 }), { failure: undefined, incomplete: 2 }, 'the swarm is as it was'
  )
  for (const secret of ['hunter2', 'token of', Buffer.from('me:hunter2').toString('base64')]) {
    t.notMatch(server.stderr() + server.stdout(), secret)
  }
})

t.test('what is configured wrong there is one sentence', async (t) => {
  const directory = t.testdir({ config: '[profile a]\nx = 1\n[profile a]\n' })
  const args = ['--origin', 'https://127.0.0.1:1', '--public', 'pub', '--data-dir', join(directory, 'data')]
  const wanted = [...args, '--own-credentials', 'default']
  const none = { AWS_EC2_METADATA_DISABLED: 'true' }
  const cases: Array<[args: string[], env: NodeJS.ProcessEnv, says: RegExp]> = [
    [
      args,
      none,
      /^object-torrent: --public needs the server's own key pair: .* or --own-credentials default for a profile or a role\.\n$/
    ],
    [
      wanted,
      none,
      /^object-torrent: --own-credentials default finds no key pair \(.+\): give the instance, container or service account a role, name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\.\n$/
    ],
    [
      wanted,
      { ...none, AWS_PROFILE: 'nobody' },
      /^object-torrent: --own-credentials default: There is no AWS profile "nobody": neither .* has any\.\n$/
    ],
    [
      wanted,
      { ...none, AWS_CONFIG_FILE: join(directory, 'config') },
      /^object-torrent: --own-credentials default: \S+config cannot be read: line 3: a section that is there already\.\n$/
    ],
    [
      ['--origin', 'https://127.0.0.1:1'],
      { HTTPS_PROXY: 'socks5://u:hunter2@p' },
      /^object-torrent: HTTPS_PROXY is no http:\/\/ or https:\/\/ URL of a proxy \(socks5:\/\/\): write http:\/\/host:port, or unset it\.\n$/
    ],
    [
      ['--origin', 'https://127.0.0.1:1'],
      { AWS_CA_BUNDLE: '/missing' },
      /^object-torrent: The file \/missing of AWS_CA_BUNDLE cannot be read \(ENOENT\)\.\n$/
    ]
  ]
  for (const [args, env, says] of cases) {
    const { code, stderr } = await runServer(args, env)
    t.strictSame([code, says.test(stderr)], [says.source.includes('finds no key pair') ? 1 : 2, true], stderr)
  }
})
