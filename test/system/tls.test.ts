import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import t from 'tap'
import { CertificateAuthority } from '../support/certificate-authority.js'
import { awsEnv } from '../support/clean-env.js'
import { runClient } from '../support/clients.js'
import { contentAt } from '../support/content.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { runServer, startServer } from '../support/server.js'
import { CREDENTIALS, alice } from '../support/signing-tests.js'
import { until } from '../support/until.js'

if (!need(t, 'openssl')) process.exit()

const CONTENT = contentAt(1, 0, 300_000)
const dir = t.testdir({ buckets: { bkt: {} }, credentials: CREDENTIALS, live: {} })
writeFileSync(join(dir, 'buckets/bkt/key'), CONTENT)
const authority = new CertificateAuthority(join(dir, 'ca'))
const ca = readFileSync(authority.certPath)
const at = (name: string): string => join(dir, name)

// As certbot keeps them: links that lead to the newest.
let renewals = 0
function renew (which: ['cert', 'key'] | ['key'] | ['cert'], { cert, key } = authority.issue()): {
  cert: Buffer
  key: Buffer
} {
  mkdirSync(at(`archive-${++renewals}`))
  for (const name of which) {
    writeFileSync(at(`archive-${renewals}/${name}.pem`), name === 'cert' ? cert : key)
    symlinkSync(at(`archive-${renewals}/${name}.pem`), at(`live/${name}.new`))
    renameSync(at(`live/${name}.new`), at(`live/${name}.pem`))
  }
  return { cert, key }
}
renew(['cert', 'key'])
const trackerPort = await freePort()
const server = await startServer(t, {
  args: [
    '--origin', at('buckets'), '--credentials-file', at('credentials'), '--tracker-port', String(trackerPort),
    '--tls-cert', at('live/cert.pem'), '--tls-key', at('live/key.pem')
  ]
})

t.test('a health check asks over TLS whatever name the certificate has', async (t) => {
  t.match(
    await runServer(
      ['healthcheck', '--port', String(server.port), '--tls-cert', at('live/cert.pem'), '--tls-key', at('live/key.pem')]
    ),
    { code: 0, stdout: `healthy: https://127.0.0.1:${server.port}/-/healthz answers.\n` }
  )
})

async function handshake (options: {
  minVersion?: 'TLSv1'
  maxVersion?: 'TLSv1.1' | 'TLSv1.2'
  ciphers?: string
} = {}): Promise<TLSSocket> {
  const socket = connect({ port: server.port, host: '127.0.0.1', ca, ...options })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}
const serial = async (): Promise<string> => (await handshake()).getPeerCertificate().serialNumber
const serialOf = (cert: Buffer): string => execFileSync(programPath('openssl'), ['x509', '-noout', '-serial'], {
  input: cert, encoding: 'utf8'
}).trim().replace('serial=', '')

t.test('the listener is https, and torrents name it', async (t) => {
  if (!need(t, 'curl')) return
  t.equal(server.url, `https://127.0.0.1:${server.port}`)
  const torrent = at('curl.torrent')
  const curl = (...args: string[]) => runClient(programPath('curl'), [
    '-sSf', '--cacert', authority.certPath, ...args
  ], {
    seconds: 20
  })
  t.match(await curl('-o', torrent, `${server.url}/bkt/key?torrent`), { code: 0, output: '' })
  const { announce, urlList, length } = await parsed(readFileSync(torrent))
  t.equal(length, CONTENT.length)
  t.strictSame(
    [...announce].sort(),
    [`http://127.0.0.1:${trackerPort}/announce`, `udp://127.0.0.1:${trackerPort}/announce`],
    'the tracker stays plain'
  )
  t.match(urlList, [new RegExp(`^${server.url}/-/seed/`)])
  t.match(await curl('-o', at('seeded'), '-r', '1000-', urlList[0] ?? ''), { code: 0 })
  t.ok(readFileSync(at('seeded')).equals(CONTENT.subarray(1000)), 'the web seed answers there')
  t.match(
    await runClient(programPath('curl'), ['-sS', `${server.url}/bkt/key`], { seconds: 20 }),
    { code: 60 },
    'who does not know the authority is warned'
  )
  const answer = await httpGet({ port: trackerPort, path: '/scrape' })
  t.equal(answer.status, 200)
})

t.test('aws s3api get-object-torrent', async (t) => {
  if (!need(t, 'aws')) return
  const file = at('aws.torrent')
  const { code, output } = await runClient(
    programPath('aws'),
    [
      '--endpoint-url', server.url, '--ca-bundle', authority.certPath, 's3api', 'get-object-torrent', '--bucket', 'bkt',
      '--key', 'key', file
    ],
    { seconds: 60, env: awsEnv(alice) }
  )
  t.equal(code, 0, output)
  t.equal((await parsed(readFileSync(file))).length, CONTENT.length)
})

t.test('TLS 1.2 at least', async (t) => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
  await t.rejects(handshake(old), { code: /^(ERR_SSL_|ECONNRESET)/ })
  t.equal((await handshake({ maxVersion: 'TLSv1.2' })).getProtocol(), 'TLSv1.2')
  t.equal((await handshake()).getProtocol(), 'TLSv1.3')
})

t.test('what is no TLS is closed, and a head that is too long is told so', async (t) => {
  const plain = await rawRequest(server.port, 'GET /bkt/key HTTP/1.1\r\nHost: x\r\n\r\n')
  t.strictSame([plain.closed, plain.status], [true, 0])
  const socket = await handshake()
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`)
  const [first] = await once(socket, 'data') as [Buffer]
  t.match(first.toString(), /^HTTP\/1\.1 431 /)
  t.notMatch(server.stderr(), '"level":50')
})

t.test('a renewed certificate is used, and no connection is dropped', async (t) => {
  const kept = await handshake()
  const before = kept.getPeerCertificate().serialNumber
  const { cert } = renew(['cert', 'key'])
  await until('the new one', async () => await serial() === serialOf(cert))
  t.not(serialOf(cert), before)
  kept.write('GET /bkt/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const chunks: Buffer[] = []
  for await (const chunk of kept) chunks.push(chunk as Buffer)
  t.ok(Buffer.concat(chunks).includes(CONTENT), 'the old connection goes on')
  t.match(server.stderr(), 'the certificate was read again')

  const next = authority.issue()
  renew(['key'], next)
  await until('a warning', () => server.stderr().includes('is not the key of the first certificate'))
  t.equal(await serial(), serialOf(cert), 'a key that came before its certificate changes nothing')
  renew(['cert'], next)
  await until('both', async () => await serial() === serialOf(next.cert))
  t.pass('and with it, it does')
})

t.test('what cannot be used is one sentence', async (t) => {
  const [{ cert, key }, other] = [authority.issue(), authority.issue()]
  const write = (name: string, content: Buffer | string): string => {
    writeFileSync(at(name), content)
    return at(name)
  }
  const encrypted = execFileSync(programPath('openssl'), ['ec', '-aes128', '-passout', 'pass:secret'], {
    input: key, stdio: ['pipe', 'pipe', 'ignore']
  })
  const [certFile, keyFile] = [write('c.pem', cert), write('k.pem', key)]
  const CASES: Array<[cert: string, key: string, says: RegExp]> = [
    [at('missing'), keyFile, /--tls-cert \S+missing cannot be read \(ENOENT\)/],
    [certFile, at('missing'), /--tls-key \S+missing cannot be read \(ENOENT\)/],
    [keyFile, certFile, /--tls-cert \S+k\.pem holds no certificate in PEM/],
    [certFile, certFile, /--tls-key \S+c\.pem holds no private key in PEM that can be used without a passphrase/],
    [
      certFile,
      write('encrypted.pem', encrypted),
      /--tls-key \S+encrypted\.pem holds no private key .* without a passphrase/
    ],
    [write('empty.pem', ''), keyFile, /--tls-cert \S+empty\.pem holds no certificate in PEM/],
    [
      certFile,
      write('other.pem', other.key),
      /--tls-key \S+other\.pem is not the key of the first certificate in \S+c\.pem/
    ],
    [
      write('broken.pem', Buffer.concat(
        [cert, Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')]
      )),
      keyFile,
      /--tls-cert \S+broken\.pem cannot be used/
    ]
  ]
  await Promise.all(CASES.map(async ([cert, key, says]) => {
    const { code, stdout, stderr } = await runServer(
      ['--origin', at('buckets'), '--port', '0', '--tls-cert', cert, '--tls-key', key]
    )
    t.strictSame([code, stdout], [2, ''])
    t.match(stderr, says)
    t.match(stderr, /^object-torrent: [^\n]+\.\n$/, 'one line')
    t.notMatch(stderr, 'PRIVATE')
  }))
})

t.test('it stops at once, whoever is silent; and an answer that runs is finished', async (t) => {
  const silent = await Promise.all([handshake(), once(connectTcp(server.port, '127.0.0.1'), 'connect')])
  t.ok(silent)
  const [response] = await once(
    request(`${server.url}/bkt/key`, { ca, agent: false }).end(), 'response'
  ) as [AsyncIterable<Buffer>]
  const stopped = server.stop()
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  t.ok(Buffer.concat(chunks).equals(CONTENT))
  const { code, signal } = await stopped
  t.strictSame([code, signal], [0, null])
})
