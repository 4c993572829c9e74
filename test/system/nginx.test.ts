import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { CertificateAuthority } from '../support/certificate-authority.js'
import { awsEnv, cleanEnv } from '../support/clean-env.js'
import { runClient } from '../support/clients.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { parsed } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { inRepo } from '../support/repo-root.js'
import { startServer } from '../support/server.js'
import { CREDENTIALS, alice } from '../support/signing-tests.js'
import { until } from '../support/until.js'

// The recipe of docker/nginx.conf, word for word but for ports, name and certificate, run by a real nginx.

if (!need(t, 'nginx', 'openssl', 'python-boto3')) process.exit()

const CONTENT = contentAt(3, 0, 300_000)
const SLOW_BYTES = 8 << 20
const dir = t.testdir({ credentials: CREDENTIALS })
const authority = new CertificateAuthority(join(dir, 'ca'))
const ca = readFileSync(authority.certPath)
const { cert, key } = authority.issue()
writeFileSync(join(dir, 'cert.pem'), cert)
writeFileSync(join(dir, 'key.pem'), key)

const origin = await startFaultyOrigin(t)
const KEYS = ['key', 'a b+ü&=~', 'a//b/../c', '%41%2f', 'ä;:@$,\'()*!']
for (const name of KEYS) origin.put('bkt', name, { body: CONTENT, public: true })
origin.put('bkt', 'slow', { body: contentAt(4, 0, SLOW_BYTES), public: true, faults: { bytesPerSecond: 2 << 20 } })

const [port, trackerPort] = [await freePort(), await freePort()]
const url = `https://localhost:${port}`
const server = await startServer(t, {
  args: [
    '--origin', origin.endpoint, '--credentials-file', join(dir, 'credentials'), '--public-url', url, '--trust-proxy',
    '127.0.0.1', '--tracker-port', String(trackerPort), '--tracker-url', `${url}/announce`
  ]
})
await startNginx(t, 'nginx', { port })

interface NginxOptions {
  readonly port: number
  /** Where the two upstreams are. */
  readonly upstream?: number
  readonly trackerUpstream?: number
  /** What of the recipe is otherwise, beside ports, name and certificate. */
  readonly edits?: ReadonlyArray<readonly [there: string, here: string]>
}

async function startNginx (
  t: Test, name: string, { port, upstream = server.port, trackerUpstream = trackerPort, edits = [] }: NginxOptions
): Promise<void> {
  const recipe = [
    ['server 127.0.0.1:8080;', `server 127.0.0.1:${upstream};`],
    ['server 127.0.0.1:6969;', `server 127.0.0.1:${trackerUpstream};`],
    ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
    ['listen [::]:443 ssl;', ''],
    ['server_name torrent.example.net;', 'server_name localhost;'],
    ['/etc/letsencrypt/live/torrent.example.net/fullchain.pem', join(dir, 'cert.pem')],
    ['/etc/letsencrypt/live/torrent.example.net/privkey.pem', join(dir, 'key.pem')],
    ...edits
  ].reduce((text, [there = '', here = '']) => {
    if (!text.includes(there)) throw new Error(`docker/nginx.conf has no ${there}`)
    return text.replace(there, here)
  }, readFileSync(inRepo('docker/nginx.conf'), 'utf8'))
  const prefix = join(dir, name)
  mkdirSync(prefix)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(prefix, name)};`
  ).join('\n')
  writeFileSync(
    join(prefix, 'nginx.conf'),
    `daemon off;\npid ${join(prefix, 'pid')};\nerror_log stderr;\nuser root;\nworker_processes 1;\nevents {}\n` +
    `http {\naccess_log off;\n${temporary}\n${recipe}\n}\n`
  )
  const child = spawn(programPath('nginx'), ['-p', prefix, '-c', join(prefix, 'nginx.conf')], {
    env: cleanEnv(), stdio: ['ignore', 'ignore', 'pipe']
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
  const exited = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
  })
  for (let left = 200; left > 0; left--) {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`)
    const socket = connect(port, '127.0.0.1')
    const connected = await Promise.race(
      [once(socket, 'connect').then(() => true, () => false), sleep(1000, false, { ref: false })]
    )
    socket.destroy()
    if (connected) return
    await sleep(50)
  }
  throw new Error(`nginx does not listen: ${said}`)
}

interface Got { readonly status: number, readonly body: Buffer }

async function get (target: string, headers: Record<string, string> = {}, from = '127.0.0.1'): Promise<Got> {
  const [response] = await once(
    request(target, { ca, headers, agent: false, family: 4, localAddress: from }).end(), 'response'
  ) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) }
}

t.test('signed requests verify behind nginx, whatever the key', async (t) => {
  const schemes = ['v4', 'v4-presign', 'v2', 'v2-presign'] as const
  const signed = signWithBotocore(KEYS.slice(0, 2).flatMap((name) => schemes.flatMap((scheme) => ['', '?torrent'].map(
    (query) => ({ scheme, url: `${url}/bkt/${encodeURIComponent(name)}${query}`, ...alice })
  ))))
  for (const { url, headers } of signed) {
    const { status, body } = await get(url, headers)
    t.equal(status, 200, `${url}: ${body.toString('latin1').slice(0, 300)}`)
  }
  const [first] = signed
  t.equal(
    (await get((first?.url ?? '').replace('/key', '/slow'), first?.headers)).status, 403, 'and of another key do not'
  )
  t.ok(
    origin.requests.filter(({ signer }) => signer === alice.accessKeyId).length >= signed.length,
    'the origin is asked as alice'
  )
})

t.test('keys arrive as they were sent', async (t) => {
  for (const name of KEYS) t.ok((await get(`${url}/bkt/${encodeURIComponent(name)}`)).body.equals(CONTENT), name)
  const raw = await runClient(
    'curl',
    [
      '-s', '--path-as-is', '--cacert', authority.certPath, '-o', join(dir, 'as-is'), '-w', '%{http_code}',
      `${url}/bkt/a//b/../c`
    ],
    { seconds: 20 }
  )
  t.equal(raw.stdout, '200', 'dots and double slashes too')
})

t.test('aws s3api get-object-torrent through nginx', async (t) => {
  if (!need(t, 'aws')) return
  const file = join(dir, 'aws.torrent')
  const { code, output } = await runClient(
    programPath('aws'),
    [
      '--endpoint-url', url, '--ca-bundle', authority.certPath, 's3api', 'get-object-torrent', '--bucket', 'bkt',
      '--key', 'key', file
    ],
    { seconds: 60, env: awsEnv(alice) }
  )
  t.equal(code, 0, output)
  t.equal((await parsed(readFileSync(file))).length, CONTENT.length)
})

t.test('a torrent comes as it is hashed', async (t) => {
  const [response] = await once(
    request(`${url}/bkt/slow?torrent`, { ca, agent: false }).end(), 'response'
  ) as [IncomingMessage]
  const sizes: number[] = []
  const chunks: Buffer[] = []
  let sentBefore = 0
  for await (const chunk of response) {
    if (chunks.length === 0) {
      sentBefore = origin.requests.filter(({ url }) => url.startsWith('/bkt/slow')).reduce(
        (sum, { bytesSent }) => sum + bytesSent, 0
      )
    }
    chunks.push(chunk as Buffer)
    sizes.push((chunk as Buffer).length)
  }
  const body = Buffer.concat(chunks)
  t.equal(body.length, Number(response.headers['content-length']))
  t.ok(sizes.length > 1, `${sizes.length} parts`)
  t.ok(sentBefore < SLOW_BYTES, `the first when ${sentBefore} bytes had been read`)
  const { urlList, announce, length } = await parsed(body)
  t.equal(length, SLOW_BYTES)
  t.strictSame([...announce], [`${url}/announce`])
  t.match(urlList, [new RegExp(`^${url}/-/seed/`)])
  const part = await get(urlList[0] ?? '', { range: 'bytes=100-199' })
  t.strictSame([part.status, part.body.equals(contentAt(4, 100, 100))], [206, true], 'the web seed has ranges')
})

t.test('log and tracker know clients by their own addresses', async (t) => {
  const { infoHash } = await parsed((await get(`${url}/bkt/key?torrent`)).body)
  // Not of the trusted ones, and it claims to be somebody else.
  const asked = await get(`${url}/bkt/key`, { 'x-forwarded-for': '203.0.113.7' }, '127.0.0.2')
  t.equal(asked.status, 200)
  await until('it is in the log', () => server.stderr().includes('"remoteAddress":"127.0.0.2"'))
  const announce = (peer: string, from: string) => get(
    `${url}/announce?info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=${peer}&port=6881&left=1&compact=1`,
    { 'x-forwarded-for': '203.0.113.7' },
    from
  )
  await announce('-XX0000-000000000001', '127.0.0.2')
  const { status, body } = await announce('-XX0000-000000000002', '127.0.0.3')
  t.equal(status, 200)
  t.ok(body.includes(Buffer.from([127, 0, 0, 2, 6881 >> 8, 6881 & 255])), 'a peer is where it came from')
  t.notOk(body.includes(Buffer.from([203, 0, 113, 7])), 'and not where it claims to be')
  t.notMatch(server.stderr(), '203.0.113.7')
  t.match(
    (await get(`${url}/scrape?info_hash=${infoHash.replace(/../g, '%$&')}`)).body.toString('latin1'), '10:incompletei2e'
  )
})

t.test('signed requests verify behind a proxy that writes the port, or leaves it out', async (t) => {
  // As `$host:$server_port` is on port 443, which needs root.
  for (const [i, host] of ['$host:443', '$host'].entries()) {
    const port = await freePort()
    await startNginx(t, `nginx-host-${i}`, {
      port, edits: [['proxy_set_header Host $http_host;', `proxy_set_header Host ${host};`]]
    })
    for (const name of ['localhost', 'localhost:443', 'LOCALHOST']) {
      const signed = signWithBotocore((['v4', 'v4-presign', 'v2', 'v2-presign'] as const).map((scheme) => ({
        scheme, url: `https://${name.toLowerCase()}/bkt/key?torrent`, ...alice
      })))
      for (const { url, headers } of signed) {
        const { pathname, search } = new URL(url)
        const { status, body } = await get(`https://localhost:${port}${pathname}${search}`, { ...headers, host: name })
        t.equal(status, 200, `${host}, ${name}: ${body.toString('latin1').slice(0, 300)}`)
      }
    }
    const [other] = signWithBotocore([{ scheme: 'v4-presign', url: 'https://localhost:8443/bkt/key', ...alice }])
    const { pathname, search } = new URL(other?.url ?? '')
    const { status, body } = await get(`https://localhost:${port}${pathname}${search}`, { host: 'localhost:8443' })
    t.equal(status, 403, 'another port is another')
    t.match(body.toString(), /<CanonicalRequest>[^<]*\nhost:localhost(:443)?\n/, 'and the error shows what has arrived')
  }
})

t.test('idle connections are given up by nginx, not by the server', async (t) => {
  // Between the two, to see who ends a connection.
  const endedBy: string[] = []
  let open = 0
  const relay = async (to: number): Promise<number> => {
    const between = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
      let first: string | undefined
      open++
      near.once('end', () => { first ??= 'nginx' })
      far.once('end', () => { first ??= 'object-torrent' })
      near.once('close', () => {
        open--
        endedBy.push(first ?? 'nobody')
      })
      near.on('error', () => far.destroy())
      far.on('error', () => near.destroy())
      near.pipe(far).pipe(near)
    }).listen(0, '127.0.0.1')
    await once(between, 'listening')
    t.teardown(() => between.close())
    return (between.address() as AddressInfo).port
  }
  const port = await freePort()
  await startNginx(t, 'nginx-idle', {
    port, upstream: await relay(server.port), trackerUpstream: await relay(trackerPort)
  })
  const { urlList: [seed = ''], infoHash } = await parsed((await get(`${url}/bkt/key?torrent`)).body)
  const scrape = `/scrape?info_hash=${infoHash.replace(/../g, '%$&')}`
  const paths = Array.from({ length: 16 }, (_, i) => i % 4 === 0 ? scrape : new URL(seed).pathname)
  const answers = await Promise.all(paths.map((path) => get(`https://localhost:${port}${path}`)))
  t.ok(answers.every(({ status }) => status === 200))
  t.ok(open > 0, `${open} connections are kept`)
  await until('they are all given up', () => open === 0, 30_000)
  t.strictSame([...new Set(endedBy)], ['nginx'], `of ${endedBy.length} connections`)
})
