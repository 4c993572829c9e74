import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { openS3 } from '../../../src/commands/open-s3.js'
import { openSource } from '../../../src/commands/open-source.js'
import { refusalOf } from '../../../src/commands/refusal.js'
import { Outbound } from '../../../src/net/outbound.js'
import { Proxies } from '../../../src/net/proxies.js'
import { trusting } from '../../../src/net/trusted-authorities.js'
import { OriginUnavailable } from '../../../src/objects/origin-errors.js'
import type { ObjectHead } from '../../../src/objects/objects.js'
import { S3Origin } from '../../../src/objects/s3/s3-origin.js'
import { RangeConnections } from '../../../src/objects/transport/range-connections.js'
import { CertificateAuthority } from '../../support/certificate-authority.js'
import { contentAt } from '../../support/content.js'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import { startProxy, tlsBefore } from '../../support/http-proxy.js'
import { need } from '../../support/programs.js'

const never = new AbortController().signal
const SIZE = 300_000
const dir = t.testdir({})
const whole = contentAt(1, 0, SIZE)
const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex')

interface Ask {
  readonly env?: Record<string, string>
  /** `s3`: as bucket and key of it; `url`: as any web server. */
  readonly as?: 's3' | 'url'
}

/** Reads an object in every way there is, and says what came, or why not. */
async function ask (endpoint: string, { env = {}, as = 's3' }: Ask): Promise<string> {
  const flags = { endpointUrl: endpoint, signRequest: false }
  const clean = { AWS_CONFIG_FILE: join(dir, 'config'), AWS_SHARED_CREDENTIALS_FILE: '/dev/null', ...env }
  const io = { env: clean, signal: never } as unknown as Parameters<typeof openSource>[3]
  const place = as === 's3'
    ? { kind: 's3', bucket: 'bkt', key: 'film.bin' } as const
    : {
        kind: 'url', url: new URL(`${endpoint}/bkt/film.bin`)
      } as const
  try {
    const source = await openSource(place, undefined, flags, io)
    try {
      const head: ObjectHead = await source.origin.head(source.object, source.requester, never)
      const { body } = await source.origin.read(
        source.object, source.requester, { range: { first: 1, last: SIZE - 1 } }, never
      )
      const chunks: Buffer[] = [whole.subarray(0, 1)]
      for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
      const direct = await source.origin.workerRead(source.object, source.requester, head, { first: 0, last: SIZE - 1 })
      const parts: Buffer[] = []
      const connections = new RangeConnections({
        bufferBytes: 64 * 1024,
        secureContext: () => source.authorities === undefined ? undefined : trusting(source.authorities)
      })
      for (let i = 0; i < 2; i++) {
        if (direct.kind === 'http') {
          await connections.read(direct.request, (bytes) => { if (i > 0) parts.push(Buffer.from(bytes)) }, never)
        }
      }
      return [Buffer.concat(chunks), Buffer.concat(parts)].every((bytes) => sha1(bytes) === sha1(whole))
        ? 'all of it'
        : 'other bytes'
    } catch (error) {
      return refusalOf(error, source) ?? String(error)
    } finally {
      await source.close()
    }
  } catch (error) {
    return (error as Error).message
  }
}

t.test('certificates', async (t) => {
  if (!need(t, 'openssl')) return
  const store = await startFaultyOrigin(t)
  store.put('bkt', 'film.bin', { size: SIZE, seed: 1, public: true })
  const ca = new CertificateAuthority(join(dir, 'ca'))
  const other = new CertificateAuthority(join(dir, 'other'))
  const at = async (pair: Parameters<typeof tlsBefore>[2]): Promise<string> =>
    `https://localhost:${await tlsBefore(t, store.port, pair)}`
  const good = await at(ca.issue())
  const bundle = { AWS_CA_BUNDLE: ca.certPath }
  writeFileSync(join(dir, 'config'), `[profile p]\nca_bundle = ${ca.certPath}\n`)
  const wrong = await at(ca.issue('DNS:store.example,DNS:other.example'))
  const old = await at(ca.issue(undefined, -1))
  writeFileSync(join(dir, 'none.pem'), 'no certificate')
  for (const as of ['s3', 'url'] as const) {
    const label = as === 's3' ? 's3://bkt/film.bin' : String.raw`https://\S+/bkt/film.bin`
    const why = (reason: string): RegExp => new RegExp(
      `^${label} cannot be read: (the proxy .*: )?${reason}.*; (check --endpoint-url, and )?try again$`
    )
    const cases: Array<[what: string, endpoint: string, env: Record<string, string>, says: string | RegExp]> = [
      ['AWS_CA_BUNDLE', good, bundle, 'all of it'],
      ['a CA that nobody knows', good, {}, why(
        'its certificate is of a CA that is not known here; name its CA in AWS_CA_BUNDLE ' +
          String.raw`\(SELF_SIGNED_CERT_IN_CHAIN\)`
      )],
      ['of another one', good, { AWS_CA_BUNDLE: other.certPath }, why(
        'its certificate is of a CA that is not known here'
      )],
      ['another name', wrong, bundle, why(
        String.raw`its certificate is for store\.example, other\.example, not for localhost ` +
          String.raw`\(ERR_TLS_CERT_ALTNAME_INVALID\)`
      )],
      ['expired', old, bundle, why(
        String.raw`its certificate, or one of its chain, has expired; .*\(CERT_HAS_EXPIRED\)`
      )],
      ['no TLS', `https://localhost:${store.port}`, bundle, why(String.raw`it does not speak TLS; is it http://\?`)],
      [
        'TLS, asked without',
        good.replace('https', 'http'),
        bundle,
        /cannot be read: (it does not answer in HTTP; is it https:|it broke the connection off)/
      ],
      ['nobody there', 'https://localhost:1', bundle, why('nobody listens there')],
      ['no such host', 'https://store.invalid', bundle, why('its host is not known')],
      [
        'a file that is missing',
        good,
        { AWS_CA_BUNDLE: '/missing.pem' },
        /^The file \/missing\.pem of AWS_CA_BUNDLE cannot be read \(ENOENT\)\.$/
      ],
      [
        'a file of something else',
        good,
        { AWS_CA_BUNDLE: join(dir, 'none.pem') },
        /none\.pem of AWS_CA_BUNDLE holds no certificates in PEM\.$/
      ]
    ]
    if (as === 's3') cases.push(['ca_bundle of the profile', good, { AWS_PROFILE: 'p' }, 'all of it'])
    for (const [what, endpoint, env, says] of cases) t.match(await ask(endpoint, { env, as }), says, `${as}: ${what}`)
  }
})

t.test('proxies', async (t) => {
  if (!need(t, 'openssl')) return
  const store = await startFaultyOrigin(t)
  store.put('bkt', 'film.bin', { size: SIZE, seed: 1, public: true })
  const ca = new CertificateAuthority(join(dir, 'proxy-ca'))
  const proxy = await startProxy(t)
  const overTls = await tlsBefore(t, proxy.port, ca.issue())
  const secure = `https://store.test:${await tlsBefore(t, store.port, ca.issue('DNS:store.test'))}`
  const plain = `http://store.test:${store.port}`
  const trusted = { AWS_CA_BUNDLE: ca.certPath }
  for (const as of ['s3', 'url'] as const) {
    for (const [endpoint, named] of [
      [plain, 'HTTP_PROXY'], [secure, 'HTTPS_PROXY'], [plain, 'http_proxy'], [secure, 'https_proxy']
    ] as const) {
      const env = (url: string, more = {}): Record<string, string> => ({ ...trusted, [named]: url, ...more })
      const { host } = new URL(endpoint)
      proxy.seen.length = 0
      t.equal(await ask(endpoint, { env: env(proxy.url), as }), 'all of it', `${as}: ${named}`)
      t.ok(proxy.seen.length > 0 && proxy.seen.every(
        (line) => endpoint === secure ? line === `CONNECT ${host}` : line.includes(` ${plain}/bkt/film.bin`)
      ), 'all of it through the proxy')
      if (named.startsWith('h')) continue
      proxy.wants = 'me:hunter%2'
      const login = proxy.url.replace('//', '//me:hunter%252@')
      t.equal(await ask(endpoint, { env: env(login), as }), 'all of it', 'with a password')
      t.match(
        await ask(endpoint, { env: env(proxy.url), as }),
        `the proxy ${proxy.url} wants a user and a password (407): write them into ${named}, as ` +
        'http://user:password@host:port'
      )
      const refused = await ask(endpoint, { env: env(login.replace('hunter', 'wrong')), as })
      t.match(refused, `the proxy ${proxy.url} does not take the user and the password of ${named} (407)`)
      t.notMatch(refused, /wrong|me:/)
      proxy.wants = undefined
      t.equal(await ask(endpoint, { env: env(`https://localhost:${overTls}`), as }), 'all of it', 'a proxy over TLS')
      t.match(
        await ask(endpoint, { env: { [named]: `https://localhost:${overTls}` }, as }),
        /the proxy https:\/\/localhost:\d+ of \w+ could not be asked: its certificate is of a CA/
      )
      t.match(
        await ask(endpoint, { env: env('http://127.0.0.1:1'), as }),
        `the proxy http://127.0.0.1:1 of ${named} could not be asked: nobody listens there (ECONNREFUSED)`
      )
      t.equal(
        await ask(endpoint, { env: env('socks5://u:hunter2@127.0.0.1:1'), as }),
        `${named} is no http:// or https:// URL of a proxy (socks5://): write http://host:port, or unset it.`
      )
      t.match(
        await ask(endpoint, { env: env(proxy.url, { NO_PROXY: 'x, .test' }), as }), 'its host is not known', 'NO_PROXY'
      )
    }
    for (const [status, headers, body] of [
      [403, {}, '<Error><Code>NoSuchKey</Code></Error>'],
      [404, {}, ''],
      [502, { 'X-Squid-Error': 'ERR_DNS_FAIL 0' }, 'x'],
      [206, { 'Content-Range': 'bytes 0-0/1' }, 'x'],
      [301, { Location: plain }, '']
    ] as const) {
      proxy.refusal = { status, headers, body }
      const says = await ask(secure, { env: { ...trusted, HTTPS_PROXY: proxy.url }, as })
      t.match(
        says,
        new RegExp(
          `the proxy ${proxy.url} does not (let us|get) through to store\\.test:\\d+ \\(${status}\\); check ` +
          'HTTPS_PROXY and NO_PROXY'
        ),
        `${as}: ${status} to CONNECT is the proxy's`
      )
    }
    proxy.refusal = { status: 404, headers: { 'X-Squid-Error': 'ERR_ACCESS_DENIED 0' } }
    t.match(
      await ask(plain, { env: { HTTP_PROXY: proxy.url }, as }),
      /the proxy \S+ does not let us through to store\.test:\d+ \(404\)/
    )
    proxy.refusal = undefined
  }
  t.ok(proxy.noCache > 0 && proxy.noCache === proxy.forwarded, 'no shared cache answers in the place of the store')
})

t.test("a proxy's own refusal says nothing of an object", async (t) => {
  const store = await startFaultyOrigin(t)
  store.put('bkt', 'film.bin', { size: SIZE, seed: 1, public: true })
  const proxy = await startProxy(t)
  const origin = new S3Origin({
    endpoint: store.endpoint,
    region: 'us-east-1',
    addressing: 'path',
    ownKeyPair: undefined,
    outbound: new Outbound(new Proxies({ HTTP_PROXY: proxy.url }), undefined)
  })
  t.teardown(() => origin.close())
  const film = { bucket: 'bkt', key: 'film.bin' }
  const everybody = { keyPair: undefined, requestPayer: false }
  t.equal((await origin.head(film, everybody, never, { anyReason: true })).size, SIZE)
  proxy.refusal = { status: 403, headers: { 'X-Squid-Error': 'ERR_ACCESS_DENIED 0' } }
  await t.rejects(origin.head(film, everybody, never, { anyReason: true }), OriginUnavailable)
})

t.test('a hostile proxy', async (t) => {
  let raw = ''
  const hostile = createServer().on('connect', (_request, socket) => { socket.write(raw) }).listen(0, '127.0.0.1')
  await new Promise((resolve) => hostile.once('listening', resolve))
  t.teardown(() => { hostile.close().closeAllConnections() })
  const url = `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`
  for (const [what, answer] of [
    ['bytes before the server has any', 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 206 Partial\r\n\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n']
  ] as const) {
    raw = answer
    t.match(
      await ask('https://store.test', { env: { HTTPS_PROXY: url } }),
      /^s3:\/\/bkt\/film\.bin cannot be read: the proxy /,
      what
    )
  }
})

t.test('what openS3 was told is what its listing uses too', async (t) => {
  const opened = await openS3(
    { endpointUrl: 'http://store.test', signRequest: false }, { HTTP_PROXY: 'http://127.0.0.1:1' }
  )
  t.equal(opened.outbound.proxies.for({ protocol: 'http:', hostname: 'store.test' })?.label, 'http://127.0.0.1:1')
  await opened.close()
})
