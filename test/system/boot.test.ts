import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Test } from 'tap'
import { OPTIONS, variableOf } from '../../src/config/options.js'
import type { OptionName } from '../../src/config/options.js'
import { cleanEnv } from '../support/clean-env.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { inRepo } from '../support/repo-root.js'
import { runServer, startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

const run = promisify(execFile)
const CONTENT = contentAt(1, 0, 100_000)

t.test('without options', async (t) => {
  if (!need(t, 'curl')) return
  for (const [what, path, saved] of [
    ['a plain file', 'sample/film.bin', 'film.bin.torrent'],
    ['a name that a shell would take apart', 'sample/it\'s $HOME `id` "q" & \\ ü+%41.bin', undefined],
    ['a file further down', 'sample/a b/c/film.bin', 'film.bin.torrent']
  ] as const) {
    await t.test(`it serves ./buckets and says how to try it: ${what}`, async (t) => {
      const cwd = t.testdir({ buckets: {}, elsewhere: {} })
      mkdirSync(join(cwd, 'buckets', path, '..'), { recursive: true })
      writeFileSync(join(cwd, 'buckets', path), CONTENT)
      const server = await startServer(t, { cwd })
      const [ready, invitation, command = '', ...more] = server.stdout().trimEnd().split('\n')
      t.equal(ready, `object-torrent is ready: http://127.0.0.1:${server.port}`)
      t.equal(invitation, 'Fetch a torrent:')
      t.same(more, [])
      t.match(command, /^ {2}curl /)
      const folder = join(cwd, 'elsewhere')
      await run('sh', ['-c', command], { cwd: folder, env: cleanEnv() })
      const { stdout } = await run('ls', ['-1'], { cwd: folder, env: cleanEnv() })
      const [file = '', ...others] = stdout.trimEnd().split('\n')
      t.same(others, [], 'one file')
      if (saved !== undefined) t.equal(file, saved)
      t.match(file, /\.torrent$/)
      t.equal((await parsed(readFileSync(join(folder, file)))).length, CONTENT.length, 'the torrent of the object')
    })
  }
})

t.test('in a clone of the repository, the sample has a torrent', async (t) => {
  if (!need(t, 'curl')) return
  const server = await startServer(t, { cwd: inRepo('.') })
  const command = server.stdout().split('\n')[2] ?? ''
  const folder = t.testdir({})
  await run('sh', ['-c', command], { cwd: folder, env: cleanEnv() })
  const [, file = ''] = /-fo '([^']+)'/.exec(command) ?? []
  t.ok((await parsed(readFileSync(join(folder, file)))).length > 0)
})

t.test('where no object can be shown, it says how a client asks', async (t) => {
  const empty = t.testdir({})
  for (const args of [
    ['--origin', empty], ['--origin', 'http://127.0.0.1:1'], ['--origin', inRepo('buckets'), '--anonymous', 'deny']
  ]) {
    const server = await startServer(t, { args })
    t.match(
      server.stdout(),
      `Fetch a torrent:\n  aws s3api get-object-torrent --endpoint-url ${server.url} --bucket BUCKET --key KEY ` +
      'out.torrent\n'
    )
  }
})

t.test('--version', async (t) => {
  const { version } = JSON.parse(readFileSync(inRepo('package.json'), 'utf8')) as { version: string }
  const { code, stdout, stderr } = await runServer(['--version'])
  t.same([code, stdout, stderr], [0, `${version}\n`, ''])
})

// Each of them by itself: test/config.test.ts, test/credentials/key-ring.test.ts.
t.test('what cannot be is said in one sentence', async (t) => {
  const buckets = ['--origin', inRepo('buckets')]
  const cases: Array<[what: string, args: string[], says: RegExp, env?: NodeJS.ProcessEnv]> = [
    ['a port that is no number', ['--port', 'http'], /--port must be a whole number from 0 to 65535/],
    ['no ./buckets', [], /The directory \S+buckets cannot be read \(ENOENT\)/],
    ['an unknown flag', ['--prot', '80'], /'--prot'.*see object-torrent serve --help/],
    ['an unknown command', ['hash'], /There is no command "hash"; see object-torrent --help/],
    [
      'a missing credentials file',
      [...buckets, '--credentials-file', '/missing/file'],
      /The credentials file \/missing\/file cannot be read \(ENOENT\)/
    ],
    [
      'an address of another machine',
      [...buckets, '--port', '0', '--host', '192.0.2.1'],
      /192\.0\.2\.1 is no address of this machine/
    ],
    [
      'a host that does not exist',
      [...buckets, '--port', '0', '--host', 'no-such-host.invalid'],
      /no-such-host\.invalid is no address of this machine/
    ],
    [
      'a certificate in the environment',
      [...buckets, '--port', '0'],
      /OBJECT_TORRENT_TLS_CERT \/missing cannot be read \(ENOENT\)/,
      { OBJECT_TORRENT_TLS_CERT: '/missing', OBJECT_TORRENT_TLS_KEY: '/missing' }
    ],
    [
      'an address in the environment',
      [...buckets, '--port', '0'],
      /192\.0\.2\.1 is no address of this machine; choose another one with OBJECT_TORRENT_HOST/,
      { OBJECT_TORRENT_HOST: '192.0.2.1' }
    ],
    ['a wrong value in the environment', buckets, /OBJECT_TORRENT_PORT must be a whole number/, {
      OBJECT_TORRENT_PORT: 'http'
    }]
  ]
  t.jobs = 2
  for (const [what, args, says, env] of cases) {
    t.test(`${what}: ${args.join(' ')}`, async (t) => {
      const { code, stdout, stderr } = await runServer(args, env)
      t.equal(code, says.source.includes('no address of this machine') ? 1 : 2)
      t.equal(stdout, '', 'it never was ready')
      t.match(stderr, /^object-torrent: [^\n]+\.\n$/, 'one line, one sentence')
      t.match(stderr, says)
      t.notMatch(stderr, /\n\s+at |node:internal|\bError\b/, 'no stack')
    })
  }
})

t.test('beside a Service of Kubernetes that is called as the program', async (t) => {
  const server = await startServer(t, {
    args: ['--origin', inRepo('buckets')],
    env: {
      OBJECT_TORRENT_PORT: 'tcp://10.0.48.109:8080',
      OBJECT_TORRENT_SERVICE_HOST: '10.0.48.109',
      OBJECT_TORRENT_PORT_8080_TCP: 'tcp://10.0.48.109:8080'
    }
  })
  const [line, ...more] = server.stderr().trimEnd().split('\n').filter((line) => line.includes('OBJECT_TORRENT_PORT'))
  t.match(JSON.parse(line ?? ''), { level: 40, variables: ['OBJECT_TORRENT_PORT'], msg: /enableServiceLinks: false/ })
  t.same(more, [], 'one line')
})

t.test('a port that is taken', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => { other.close() })
  const { port } = other.address() as AddressInfo
  const { code, stdout, stderr } = await runServer(['--origin', inRepo('buckets'), '--port', String(port)])
  t.same(
    [code, stdout, stderr],
    [1, '', `object-torrent: Port ${port} on 127.0.0.1 is taken; choose another one with --port.\n`]
  )
})

t.test('--host', async (t) => {
  const has6 = Object.values(networkInterfaces()).flat().some((address) => address?.address === '::1')
  const cases = [
    ['0.0.0.0', '127.0.0.1', '127.0.0.1'],
    ['localhost', undefined, undefined],
    ...has6 ? [['::1', '[::1]', '::1'], ['::', '[::1]', '::1']] : []
  ] as const
  for (const [host = '', inUrl, address] of cases) {
    await t.test(host, async (t) => {
      const server = await startServer(t, { args: ['--origin', inRepo('buckets'), '--host', host] })
      if (inUrl !== undefined) t.equal(server.url, `http://${inUrl}:${server.port}`)
      t.match(server.stdout(), `${server.url}/sample/`, 'it is in the curl line too')
      const response = await fetch(`${server.url}/sample/mandelbrot.png?torrent`)
      t.equal(response.status, 200)
      const { urlList } = await parsed(new Uint8Array(await response.arrayBuffer()))
      t.match(urlList, [new RegExp(`^${server.url.replaceAll(/[[\]]/g, '\\$&')}/-/seed/`)])
      if (address !== undefined) {
        t.equal((await fetch(urlList[0] ?? '')).status, 200, 'and in the web seed, which answers')
      }
    })
  }
})

const ADMIN_TOKEN = 'a-token-of-the-tests'

t.test('every option in the environment, and the flag wins', async (t) => {
  const files = t.testdir({ buckets: { media: { 'film.bin': CONTENT }, 'other-bucket': { 'film.bin': CONTENT } } })
  const buckets = join(files, 'buckets')
  const credentials = join(files, 'credentials')
  const [trackerPort, peerPort, adminPort] = [await freePort(), await freePort(), await freePort()]
  writeFileSync(credentials, '[alice]\naws_access_key_id = AKIAALICE\naws_secret_access_key = secret\n')
  const env = {
    OBJECT_TORRENT_HOST: '127.0.0.2',
    OBJECT_TORRENT_ORIGIN: buckets,
    OBJECT_TORRENT_ORIGIN_ADDRESSING: 'virtual',
    OBJECT_TORRENT_REGION: 'eu-west-9',
    OBJECT_TORRENT_DOMAIN: 'a.example  b.example',
    OBJECT_TORRENT_CREDENTIALS_FILE: credentials,
    OBJECT_TORRENT_ANONYMOUS: 'deny',
    OBJECT_TORRENT_PUBLIC: 'media other-bucket/film',
    // What `default` does shows where there is a role: in the tests of the own key pair.
    OBJECT_TORRENT_OWN_CREDENTIALS: 'env',
    OBJECT_TORRENT_SIGNATURE_V2: 'off',
    OBJECT_TORRENT_PUBLIC_URL: 'https://torrent.example/base/',
    OBJECT_TORRENT_ANNOUNCE: 'http://one.example/announce,udp://two.example:6969 wss://three.example/',
    OBJECT_TORRENT_WEB_SEED: 'self https://cdn.example/{bucket}/{key}',
    OBJECT_TORRENT_TRACKER_PORT: String(trackerPort),
    OBJECT_TORRENT_TRACKER_URL: 'https://tracker.example/announce',
    OBJECT_TORRENT_ANNOUNCE_INTERVAL: '77',
    OBJECT_TORRENT_PEER_PORT: String(peerPort),
    OBJECT_TORRENT_PEER_ADDRESS: '192.0.2.1',
    // What these do shows where a swarm is.
    OBJECT_TORRENT_UPLOAD_SLOTS: '7',
    OBJECT_TORRENT_UPLOAD_LIMIT: '1000000000',
    OBJECT_TORRENT_UPLOAD_LIMIT_PER_CLIENT: '1000000000',
    OBJECT_TORRENT_CACHE_SIZE: '67108864',
    OBJECT_TORRENT_TRUST_PROXY: '127.0.0.0/8 ::1',
    OBJECT_TORRENT_MAX_CONNECTIONS_PER_ADDRESS: '300',
    OBJECT_TORRENT_MAX_REQUESTS_PER_ADDRESS: '200',
    OBJECT_TORRENT_CORS: 'off',
    OBJECT_TORRENT_BROWSE: 'on',
    OBJECT_TORRENT_ADMIN_PORT: String(adminPort),
    OBJECT_TORRENT_ADMIN_HOST: '127.0.0.3',
    OBJECT_TORRENT_ADMIN_TOKEN: ADMIN_TOKEN,
    OBJECT_TORRENT_PIECE_LENGTH: '32768',
    OBJECT_TORRENT_TORRENT_FORMAT: 'hybrid',
    OBJECT_TORRENT_MAX_OBJECT_SIZE: '100001',
    // What these do shows where prefixes may be listed: in their own tests.
    OBJECT_TORRENT_MAX_PREFIX_OBJECTS: '100',
    OBJECT_TORRENT_MAX_PREFIX_SIZE: '1000000',
    OBJECT_TORRENT_BUCKET_OWNER: 'media=1234 other-bucket=5678',
    OBJECT_TORRENT_DATA_DIR: join(files, 'kept', 'here'),
    // What these do shows where an origin is slow: in the tests of hashing.
    OBJECT_TORRENT_STORE_SIZE: '33554432',
    OBJECT_TORRENT_HASH_THREADS: '1',
    OBJECT_TORRENT_READS_PER_OBJECT: '2',
    OBJECT_TORRENT_READS: '3',
    OBJECT_TORRENT_MAX_JOBS: '4',
    OBJECT_TORRENT_MAX_QUEUE: '5',
    OBJECT_TORRENT_JOB_GRACE: '6',
    OBJECT_TORRENT_X_AMZ_INFO: 'on',
    OBJECT_TORRENT_LOG_LEVEL: 'silent',
    // What it does shows where there are lines: in the tests of logs.
    OBJECT_TORRENT_LOG_FORMAT: 'json'
  }
  t.same(
    Object.keys(env).sort(),
    (Object.keys(OPTIONS) as OptionName[]).filter((name) => name !== 'port' && !name.startsWith('tls-')).map(
      variableOf
    ).sort(),
    'all but the port, which a test must choose, and TLS, which has tests of its own'
  )
  const first = await startServer(t, { env })
  await saysAll(t, first, { trackerPort, peerPort, adminPort })
  await first.stop()
  t.ok(readdirSync(env.OBJECT_TORRENT_DATA_DIR).length > 0, 'data-dir')
  rmSync(env.OBJECT_TORRENT_DATA_DIR, { recursive: true })

  const wrong = Object.fromEntries(Object.entries(env).map(([name]) => [name, {
    OBJECT_TORRENT_HOST: '192.0.2.1',
    OBJECT_TORRENT_PUBLIC: 'nothing-else',
    OBJECT_TORRENT_DOMAIN: 'c.example',
    OBJECT_TORRENT_ORIGIN: '/nowhere'
  }[name] ?? (OPTIONS[optionOf(name)].type === 'array' ? '=,=' : '!')]))
  const flags = Object.entries(env).flatMap(([name, value]) => {
    const option = optionOf(name)
    return (OPTIONS[option].type === 'array' ? value.split(/ +/) : [value]).map((one) => `--${option}=${one}`)
  })
  await saysAll(t, await startServer(t, { args: flags, env: wrong }), { trackerPort, peerPort, adminPort })
  t.ok(readdirSync(env.OBJECT_TORRENT_DATA_DIR).length > 0, 'data-dir')
})

function optionOf (variable: string): OptionName {
  return variable.replace('OBJECT_TORRENT_', '').toLowerCase().replaceAll('_', '-') as OptionName
}

/** Everything that `env` sets shows in what the server does. */
async function saysAll (
  t: Test,
  server: Server,
  { trackerPort, peerPort, adminPort }: { trackerPort: number, peerPort: number, adminPort: number }
): Promise<void> {
  t.equal(server.url, `http://127.0.0.2:${server.port}`, 'host')
  const metrics = await httpGet({ host: '127.0.0.3', port: adminPort, path: '/metrics' }, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` }
  })
  t.equal(metrics.status, 200, 'admin-port, admin-host, admin-token')
  const get = (path: string, headers: OutgoingHttpHeaders = {}) => httpGet(server.url + path, { headers })
  const { status, body } = await get('/media/film.bin?torrent')
  t.equal(status, 200, 'public: its first value; max-object-size')
  const { announce, urlList, pieceLength, info, infoHash } = await parsed(body)
  t.same(
    [...announce].sort(),
    [
      'http://one.example/announce', 'https://tracker.example/announce', 'udp://two.example:6969',
      'wss://three.example/'
    ],
    'announce, tracker-url'
  )
  t.match(
    body.toString('latin1'),
    '13:announce-listll32:https://tracker.example/announceel27:http://one.example/announce' +
      '22:udp://two.example:6969el20:wss://three.example/ee',
    'their tiers'
  )
  t.equal(urlList[1], 'https://cdn.example/media/film.bin', 'web-seed')
  const announced = await httpGet(
    `http://127.0.0.2:${trackerPort}/announce?info_hash=${infoHash.replace(/../g, '%$&')}&` +
    'peer_id=-XX0000-123456789012&port=6881&left=1',
    { headers: { 'x-forwarded-for': '203.0.113.5' } }
  )
  const answer = announced.body.toString('latin1')
  t.match(answer, '8:intervali77e', 'announce-interval')
  t.ok(announced.body.includes(Buffer.from([192, 0, 2, 1, peerPort >> 8, peerPort & 255])), 'peer-address, peer-port')
  t.ok(announced.body.includes(Buffer.from([203, 0, 113, 5])), 'trust-proxy')
  t.notOk(
    'access-control-allow-origin' in (await get('/media/film.bin', { origin: 'https://page.example' })).headers, 'cors'
  )
  t.match(urlList[0], /^https:\/\/torrent\.example\/base\/-\/seed\//, 'public-url')
  t.equal(pieceLength, 32768, 'piece-length')
  t.ok('x-amz-bucket' in info, 'x-amz-info')
  t.ok('meta version' in info && 'pieces' in info, 'torrent-format')
  t.equal((await get('/-/browse/media/')).headers['content-type'], 'text/html; charset=utf-8', 'browse')
  t.same(
    [(await get('/other-bucket/film.bin')).status, (await get('/other-bucket/elsewhere.bin')).status],
    [200, 403],
    'public: its second value; anonymous'
  )
  for (const host of ['media.a.example', 'media.b.example']) {
    t.equal((await get('/film.bin?torrent', { host })).status, 200, `domain: ${host}`)
  }
  t.equal((await get('/media/film.bin?torrent', { 'x-amz-expected-bucket-owner': '1234' })).status, 200, 'bucket-owner')
  t.equal(
    (await get('/other-bucket/film.bin?torrent', { 'x-amz-expected-bucket-owner': '5678' })).status,
    200,
    'its second value'
  )
  t.equal((await get('/other-bucket/film.bin?torrent', { 'x-amz-expected-bucket-owner': '1234' })).status, 403)
  const v4 = (accessKeyId: string, region: string): string =>
    'AWS4-HMAC-SHA256 ' +
    `Credential=${accessKeyId}/${new Date().toISOString().slice(0, 10).replaceAll('-', '')}/${region}` +
    '/s3/aws4_request, ' +
    `SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${'0'.repeat(64)}`
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const signed = async (authorization: string): Promise<string> => (await get('/media/film.bin?torrent', {
    authorization, 'x-amz-date': date, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD'
  })).body.toString()
  t.match(await signed(v4('AKIAALICE', 'us-east-1')), /<Region>eu-west-9<\/Region>/, 'region')
  t.match(await signed(v4('AKIAALICE', 'eu-west-9')), /<Code>SignatureDoesNotMatch</, 'credentials-file')
  t.match(await signed(v4('AKIABOB', 'eu-west-9')), /<Code>InvalidAccessKeyId</)
  const v2 = await signed('AWS AKIAALICE:AAAAAAAAAAAAAAAAAAAAAAAAAAA=')
  t.match(v2, /<Error>/, 'signature-v2 off')
  t.notMatch(v2, /SignatureDoesNotMatch/)
  t.equal(server.stderr(), '', 'log-level')
}

t.test('--max-object-size is where refusal begins', async (t) => {
  const buckets = t.testdir({ media: {} })
  for (const size of [99_999, 100_000]) writeFileSync(join(buckets, 'media', String(size)), CONTENT.subarray(0, size))
  for (const [limit, ...statuses] of [[100_000, 200, 400], [0, 200, 200]] as const) {
    const { url } = await startServer(t, { args: ['--origin', buckets, '--max-object-size', String(limit)] })
    for (const [i, size] of [99_999, 100_000].entries()) {
      t.equal((await httpGet(`${url}/media/${size}?torrent`)).status, statuses[i], `${size} bytes, ${limit}`)
    }
  }
})

t.test('--origin-addressing virtual', async (t) => {
  const origin = await startFaultyOrigin(t)
  const server = await startServer(t, {
    args: ['--origin', `http://localhost:${origin.port}`, '--origin-addressing', 'virtual']
  })
  await httpGet(`${server.url}/media/film.bin`)
  const [request] = origin.requests
  // Not every resolver knows the names below localhost.
  if (request === undefined) t.match(server.stderr(), 'ENOTFOUND media.localhost')
  else t.match(request, { url: /^\/film\.bin/, headers: { host: `media.localhost:${origin.port}` } })
})

t.test('an origin may have a path', async (t) => {
  const origin = await startFaultyOrigin(t)
  const { url } = await startServer(t, { args: ['--origin', `${origin.endpoint}/gateway/s3/`] })
  await httpGet(`${url}/media/film.bin`)
  t.match(origin.requests[0]?.url, /^\/gateway\/s3\/media\/film\.bin/)
})
