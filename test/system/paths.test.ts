import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import type { RawResponse } from '../support/raw-http.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

const ALICE = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const OWN_ENV = { AWS_ACCESS_KEY_ID: 'AKIASERVER', AWS_SECRET_ACCESS_KEY: 'server-secret-server-secret' }
const DOMAIN = 's3.example.test'
const SECRET = 'what lies outside'

const dir = t.testdir({
  credentials: credentialsText({ alice: ALICE }),
  buckets: {
    bkt: { file: 'inside', below: { file: 'below' }, open: { key: 'published' }, secret: { key: SECRET } },
    other: { key: SECRET },
    'a-file': SECRET
  },
  outside: { file: SECRET, dir: { file: SECRET } }
})
const buckets = join(dir, 'buckets')

const origin = await startFaultyOrigin(t)
const [server, denying, directory, denyingDirectory] = await Promise.all([
  startServer(t, {
    args: [
      '--origin',
      origin.endpoint,
      '--domain',
      DOMAIN,
      '--credentials-file',
      join(dir, 'credentials'),
      '--announce',
      'http://tracker.example.test:6969/announce'
    ]
  }),
  startServer(t, { args: ['--origin', origin.endpoint, '--anonymous', 'deny', '--public', 'bkt/open/'], env: OWN_ENV }),
  startServer(t, { args: ['--origin', buckets] }),
  startServer(t, { args: ['--origin', buckets, '--anonymous', 'deny', '--public', 'bkt/open/'] })
])

interface Get { on?: Server, host?: string, headers?: string[], method?: string }

// By hand: an HTTP client escapes, or refuses, what is to be sent here. One character a byte.
const get = (
  target: string, { on = server, host = '127.0.0.1', headers = [], method = 'GET' }: Get = {}
): Promise<RawResponse> =>
  rawRequest(on.port, Buffer.from(
    [`${method} ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n'), 'latin1'
  ))

const codeOf = ({ body }: RawResponse): string =>
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>(\w+)<\/Code><Message>[^<]+<\/Message>.*<RequestId>[^<]+<\/RequestId>.*<\/Error>$/s.exec(
    body.toString()
  )?.[1] ?? `no error document: ${body.toString()}`
const outcome = (response: RawResponse): string => response.status < 300
  ? String(response.status)
  : `${response.status} ${codeOf(response)}`

/**
 * The keys that the origin was asked for while `during` ran, in bytes: its log decoded once, by Buffer and not by the
 * server's code.
 */
async function keysAsked (bucket: string, during: () => Promise<unknown>): Promise<string[]> {
  const before = origin.requests.length
  await during()
  return origin.requests.slice(before).map(({ url }) => {
    const [path = ''] = url.split('?')
    if (!path.startsWith(`/${bucket}/`)) return `not of ${bucket}: ${path}`
    const bytes = path.slice(bucket.length + 2).split(/(%[0-9A-Fa-f]{2})/).map(
      (part) => /^%..$/.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part, 'latin1')
    )
    return Buffer.concat(bytes).toString('hex')
  })
}

const hex = (key: string): string => Buffer.from(key).toString('hex')
const bytes = (text: string): string => Buffer.from(text).toString('latin1')

async function reaches (t: Test, raw: string, key: string): Promise<void> {
  const content = Buffer.from(`the content of ${JSON.stringify(key)}`)
  origin.put('bkt', key, { body: content, public: true })
  for (const [style, target, host] of [
    ['path style', `/bkt/${raw}`, '127.0.0.1'], ['virtual-hosted style', `/${raw}`, `bkt.${DOMAIN}`]
  ] as const) {
    const keys = await keysAsked('bkt', async () => {
      const object = await get(target, { host })
      t.equal(outcome(object), '200', `${style} ${JSON.stringify(raw)}`)
      t.same(object.body, content)
      const torrent = await get(`${target}?torrent`, { host })
      t.equal(outcome(torrent), '200', `torrent, ${style} ${JSON.stringify(raw)}`)
      const { length, urlList = [] } = await parsed(torrent.body)
      t.equal(length, content.length)
      if (key === '.' || key === '..') return t.same(urlList, [], 'no spelling of it survives a client')
      const seed = await httpGet(urlList[0] ?? '')
      t.equal(seed.status, 200, `web seed ${urlList[0]}`)
      t.same(seed.body, content, 'its web seed is the same object')
    })
    t.ok(keys.length >= 3)
    t.same([...new Set(keys)], [hex(key)], `${style}: the origin is asked for these very bytes`)
  }
  origin.remove('bkt', key)
}

t.test('S50: the key reaches the origin byte by byte', async (t) => {
  const KEYS: Array<[raw: string, key: string]> = [
    ['plain', 'plain'], ['a%20b', 'a b'], ['%20lead%20trail%20', ' lead trail '], ['a+b', 'a+b'], ['a%2Bb', 'a+b'],
    ['a%25b', 'a%b'], ['a%2525b', 'a%25b'], ['%C3%BC', 'ü'], ['%c3%bc', 'ü'], ['u%CC%88', 'u\u0308'],
    ['%F0%9F%90%8B.bin', '🐋.bin'], ['%EF%BB%BFx', '\uFEFFx'], ['%E2%80%AEx', '\u202Ex'], ['a%2Fb', 'a/b'],
    ['a%2fb%2F', 'a/b/'], ['%2Fa', '/a'], ['a~b', 'a~b'], ['a%7Eb', 'a~b'], ["!*'()", "!*'()"],
    ['%21%2A%27%28%29', "!*'()"], ['a;b', 'a;b'], ['a%3Bb', 'a;b'], ['a:b', 'a:b'], ['a@b', 'a@b'], ['a&b=c', 'a&b=c'],
    ['a$b,c', 'a$b,c'], ['a%3Fb%23c', 'a?b#c'], ['a%3Ftorrent', 'a?torrent'], ['a%5Cb', 'a\\b'], ['a\\b', 'a\\b'],
    ['a%22b', 'a"b'], ['%3C%3E', '<>'], ['%5B%5D%7B%7D%7C%5E%60', '[]{}|^`'], ['a%01b%7F', 'a\u0001b\u007F'],
    ['a%0D%0Ab', 'a\r\nb'], ['%61%62', 'ab'], ['con.txt%2E', 'con.txt.']
  ]
  for (const [raw, key] of KEYS) await reaches(t, raw, key)
})

t.test('S51: exactly one decode', async (t) => {
  for (const [raw, key] of [
    ['%252e%252e%252f', '%2e%2e%2f'], ['%252Fx', '%2Fx'], ['%25zz', '%zz'], ['%2500', '%00'], ['%25252e', '%252e']
  ] as const) {
    await reaches(t, raw, key)
  }
  t.test('and not none', async (t) => {
    origin.put('bkt', 'a b', { body: Buffer.from('x'), public: true })
    t.equal(outcome(await get('/bkt/a%20b')), '200')
    t.not(outcome(await get('/bkt/a%2520b')), '200')
  })
})

t.test('S52: nothing is normalised: a literal key, or none', async (t) => {
  for (const key of [
    '../other/key', 'a/../b', './a', 'a/./b', 'a//b', '/a', '//a', 'a/', 'a//', '/', '..', '.', 'a/..', '../',
    '../../etc/passwd', '...'
  ]) {
    await reaches(t, key, key)
  }
  for (const [raw, key] of [
    ['%2e%2e/other/key', '../other/key'], ['a/%2E%2E/b', 'a/../b'], ['..%2Fother%2Fkey', '../other/key'],
    ['..%5Cother', '..\\other']
  ] as const) {
    await reaches(t, raw, key)
  }
  origin.put('other', 'key', { body: Buffer.from(SECRET), public: true })
  origin.put('bkt', 'b', { body: Buffer.from(SECRET), public: true })
  origin.put('bkt', 'a', { body: Buffer.from(SECRET), public: true })
  origin.bucket('bkt', { public: true })
  t.equal((await get('/other/key')).body.toString(), SECRET, 'it is there under its own name')
  t.equal((await get('/bkt/b')).body.toString(), SECRET)
  for (const path of [
    '/bkt/../other/key', '/bkt/%2e%2e/other/key', '/bkt/..%2fother/key', '/bkt/a/../b', '/bkt/a/%2e%2e/b', '/bkt/./a',
    '/bkt//a', '/bkt/a/', '/bkt/a/.'
  ]) {
    for (const query of ['', '?torrent']) {
      const response = await get(path + query)
      t.equal(outcome(response), '404 NoSuchKey', path + query)
      t.notMatch(response.body.toString(), SECRET)
    }
  }
  for (const path of ['//bkt//a', '/../bkt/a', '/./bkt/a', '/bkt%2Fa', '//other/key', '/-%2Fseed']) {
    t.equal(outcome(await get(path)), '400 InvalidBucketName', path)
  }
  for (const path of ['/%2D/seed/x', '/%2d/key', '/-/key']) t.equal(outcome(await get(path)), '404 NoSuchKey', path)
})

t.test('S52: what is signed is what is asked', async (t) => {
  if (!need(t, 'python-boto3')) return
  origin.put('bkt', 'x/../y', { body: Buffer.from('literal') })
  origin.put('bkt', '/z', { body: Buffer.from('slashed') })
  origin.put('bkt', 'y', { body: Buffer.from(SECRET) })
  origin.put('bkt', 'z', { body: Buffer.from(SECRET) })
  const paths = [['/bkt/x/../y', '/bkt/y', 'literal'], ['/bkt//z', '/bkt/z', 'slashed']] as const
  const signed = signWithBotocore(paths.map(([path]) => ({ scheme: 'v4', url: server.url + path, ...ALICE })))
  for (const [i, [path, normalised, content]] of paths.entries()) {
    const { url = '', headers = {} } = signed[i] ?? {}
    const response = await httpGet(url, { headers })
    t.equal(response.body.toString(), content, path)
    const other = await httpGet(server.url + normalised, { headers })
    t.equal(other.status, 403, `its signature is none for ${normalised}`)
    t.match(other.body.toString(), /<Code>SignatureDoesNotMatch</)
  }
})

t.test('S53: what is published is decided on the key that is asked for', async (t) => {
  origin.put('bkt', 'open/key', { body: Buffer.from('published') })
  origin.put('bkt', 'secret/key', { body: Buffer.from(SECRET) })
  origin.put('bkt', 'open', { body: Buffer.from(SECRET) })
  for (const on of [denying, denyingDirectory]) {
    for (const path of ['/bkt/open/key', '/bkt/open%2Fkey', '/bkt/%6Fpen/key', '/bkt/%6fpen%2fkey']) {
      t.equal((await get(path, { on })).body.toString(), 'published', path)
      t.equal(outcome(await get(`${path}?torrent`, { on })), '200', `${path}?torrent`)
    }
    for (const path of [
      '/bkt/secret/key', '/bkt/secret%2Fkey', '/bkt/%73ecret/key', '/bkt/Open/key', '/bkt//open/key', '/bkt/open',
      '/bkt/open%252Fkey', '/bkt/./open/key', '/bkt/%2Fopen/key', '/bkt/opened/key', '/bkt/', '/other/open/key'
    ]) {
      for (const query of ['', '?torrent']) {
        const response = await get(path + query, { on })
        t.ok([400, 403, 501].includes(response.status), `${response.status} ${path}${query}`)
        t.notMatch(response.body.toString(), SECRET)
      }
    }
    t.equal(outcome(await get('/bkt/secret%2Fkey', { on })), '403 AccessDenied')
    for (const path of ['/bkt/open/../secret/key', '/bkt/open/%2e%2e/secret/key', '/bkt/open%2F..%2Fsecret%2Fkey']) {
      t.equal(outcome(await get(path, { on })), '403 AccessDenied', `${path} is a key of its own, and no published one`)
      t.equal(outcome(await get(`${path}?torrent`, { on })), '403 AccessDenied', `${path}?torrent`)
    }
  }
})

t.test('S54: what is no URI reaches nobody', async (t) => {
  const keys = await keysAsked('bkt', async () => {
    for (const raw of [
      '%', '%z', '%zz', 'a%2', '%00', 'a%00b', '%C3', '%C3%28', '%C0%AF', '%E0%80%AF', '%ED%A0%80', '%F4%90%80%80',
      '%FF', 'a?versionId=%zz', 'a?torrent&x=%', 'a?%FF', 'a?x=%00'
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const response = await get(`/bkt/${raw}`, { method })
        t.equal(response.status, 400, `${method} ${JSON.stringify(raw)}`)
        if (method === 'GET') t.equal(codeOf(response), 'InvalidURI', raw)
      }
      t.equal(
        outcome(await get(`/${raw}`, { host: `bkt.${DOMAIN}` })),
        '400 InvalidURI',
        `virtual-hosted ${JSON.stringify(raw)}`
      )
    }
    for (const raw of [bytes('ü'), '\xFF', 'a?\xFF']) {
      t.equal(outcome(await get(`/bkt/${raw}`)), '400 BadRequest', `bytes that no URI holds: ${JSON.stringify(raw)}`)
    }
    t.equal(outcome(await get('/%zz/key')), '400 InvalidURI', 'in the bucket')
    t.equal(outcome(await get('/-/seed/%zz/bkt/key')), '400 InvalidURI', 'in an own route')
  })
  t.same(keys, [])
  await reaches(t, '%25', '%')
})

t.test('S55: keys of 1,024 bytes, and buckets that S3 knows', async (t) => {
  await reaches(t, 'k'.repeat(1024), 'k'.repeat(1024))
  await reaches(t, '%C3%BC'.repeat(512), 'ü'.repeat(512))
  await reaches(t, '%61'.repeat(1024), 'a'.repeat(1024))
  const keys = await keysAsked('bkt', async () => {
    for (const raw of ['k'.repeat(1025), `${'%C3%BC'.repeat(512)}k`, '%61'.repeat(1025)]) {
      for (const query of ['', '?torrent']) {
        t.equal(outcome(await get(`/bkt/${raw}${query}`)), '400 KeyTooLongError', `${raw.slice(0, 8)}… ${query}`)
      }
    }
    for (const bucket of [
      '..', '.', 'a'.repeat(256), 'tenant:bucket', 'tenant%3Abucket', 'a%20b', '%2e%2e', '..%2fetc', 'b%C3%BCcher',
      '%00'
    ]) {
      t.equal(
        outcome(await get(`/${bucket}/key`)), bucket === '%00' ? '400 InvalidURI' : '400 InvalidBucketName', bucket
      )
    }
    t.equal(outcome(await get('/key', { host: `Up_per.${DOMAIN}` })), '400 InvalidBucketName', 'in the host')
  })
  t.same(keys, [])
  for (const bucket of [
    'abc', 'a'.repeat(63), 'a.b-c', '123', 'My_Bucket', 'my_bucket', 'UPPER', '127.0.0.1', 'ab', 'a'.repeat(255),
    'a..b', '-ab', '.a', '...'
  ]) {
    origin.put(bucket, 'key', { body: Buffer.from(bucket), public: true })
    t.equal((await get(`/${bucket}/key`)).body.toString(), bucket)
    const { urlList: [seed = ''] } = await parsed((await get(`/${bucket}/key?torrent`)).body)
    t.match(seed, `/${bucket}/key`)
    t.equal((await get(new URL(seed).pathname)).body.toString(), bucket, 'and its web seed')
  }
})

t.test('S56: own paths are reserved under /-/ in path style, and shadow nothing else', async (t) => {
  const keys = await keysAsked('bkt', async () => {
    for (const path of [
      '/-/', '/-/x', '/-/seed', '/-/seed/', '/-/seed/x', '/-/seed/x/bkt', '/-/seed/x/bkt/', '/-/seed/x/bkt/plain',
      '/-/announce', '/-/metrics', '/-//', '/-/../bkt/plain', '/-/seed/../../bkt/plain'
    ]) {
      for (const query of ['', '?torrent', '?location']) {
        t.equal(outcome(await get(path + query)), '404 NoSuchKey', path + query)
      }
      const head = await get(path, { method: 'HEAD' })
      t.equal(head.status, 404, `HEAD ${path}`)
      t.equal(head.body.length, 0)
    }
    t.equal(outcome(await get('/-')), '400 InvalidBucketName')
  })
  t.same(keys, [])
  for (const name of [
    'announce', 'metrics', 'scrape', 'health', 'status', 'admin', 'seed', 'favicon.ico', 'robots.txt'
  ]) {
    origin.put(name, name, { body: Buffer.from(name), public: true })
    t.equal((await get(`/${name}/${name}`)).body.toString(), name, `/${name}/${name}`)
  }
  for (const key of ['-/seed/x/bkt/plain', '-/x', '-/', '-', 'announce', 'metrics', '_admin', 'ws']) {
    await reaches(t, key, key)
  }
})

t.test("S57: no header changes a torrent's bytes", async (t) => {
  origin.put('bkt', 'plain', { body: Buffer.from('x'.repeat(1000)), public: true })
  const { headers: { etag = [] }, body: torrent } = await get('/bkt/plain?torrent')
  t.match(torrent.toString('latin1'), `${server.url}/-/seed/`, "the listener's own address")
  const HEADERS = [
    'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 666', 'X-Forwarded-Prefix: /evil',
    'X-Forwarded-For: 10.0.0.1', 'X-Forwarded-Server: evil.example',
    'Forwarded: for=10.0.0.1;host=evil.example;proto=https', 'X-Real-IP: 10.0.0.1', 'X-Host: evil.example',
    'X-Original-URL: /bkt/other', 'X-Rewrite-URL: /bkt/other', 'X-Original-Host: evil.example',
    'X-HTTP-Method-Override: PUT', 'Origin: https://evil.example', 'Referer: https://evil.example/',
    'Via: 1.1 evil.example', 'CF-Connecting-IP: 10.0.0.1', 'Accept-Language: de', 'Accept-Encoding: gzip, br',
    'TE: trailers', 'User-Agent: evil'
  ]
  for (const header of HEADERS) {
    const response = await get('/bkt/plain?torrent', { headers: [header] })
    t.same(response.body, torrent, header)
    t.same(response.headers.etag, etag)
  }
  for (const host of [
    'evil.example', 'evil.example:80', '169.254.169.254', 'localhost', '[::1]:8080', `127.0.0.1:${server.port}`, DOMAIN,
    '"><script>', 'a b', `evil.example/${DOMAIN}`
  ]) {
    const response = await get('/bkt/plain?torrent', { host })
    t.same(response.body, torrent, `Host: ${host}`)
    t.notMatch(JSON.stringify(response.headers), /evil|script/)
  }
  t.same((await get('/plain?torrent', { host: `bkt.${DOMAIN}` })).body, torrent, 'in virtual-hosted style')
  t.same((await get('/plain?torrent', { host: `BKT.${DOMAIN}.:1234` })).body, torrent)
  for (const host of ['evil.example', DOMAIN, `127.0.0.1:${server.port}`]) {
    const [seed = ''] = (await parsed(torrent)).urlList ?? []
    t.equal((await get(new URL(seed).pathname, { host })).status, 200, `its web seed under ${host}`)
  }
})

t.test('S57: what the operator configured does', async (t) => {
  const other = await startServer(t, {
    args: [
      '--origin', origin.endpoint, '--public-url', 'https://torrent.example.test/base/', '--announce',
      'udp://tracker.example.test:6969'
    ]
  })
  const { body } = await get('/bkt/plain?torrent', { on: other, headers: ['X-Forwarded-Host: evil.example'] })
  const { urlList, announce } = await parsed(body)
  t.match(urlList?.[0], /^https:\/\/torrent\.example\.test\/base\/-\/seed\/[\w-]+\/bkt\/plain$/)
  t.same(announce, ['udp://tracker.example.test:6969'])
})

t.test('S58: names that are safe to save', async (t) => {
  const long = `${'n'.repeat(300)}.tar.gz`
  const NAMES: Array<[key: string, name: string]> = [
    ['dir/film.mkv', 'film.mkv'], ['a/', 'a'], ['a/..', 'object'], ['..', 'object'], ['.', 'object'], ['/', 'object'],
    ['a/...', 'object'], ['CON', '_CON'], ['con.txt', '_con.txt'], ['console', 'console'], ['dir/LPT1', '_LPT1'],
    [long, `${'n'.repeat(237)}.gz`], ['ü'.repeat(300), 'ü'.repeat(120)], ['a\u202Etxt.exe', 'a_txt.exe'],
    ['a\r\nSet-Cookie: x', 'a__Set-Cookie_ x'], ['a"b', 'a_b'], ['a\\b', 'a_b'], ['..\\..\\b', '.._.._b'],
    ['a:b', 'a_b'], ['a\u0007', 'a_'], ['name.', 'name'], ['name ', 'name'], [' name', 'name'], ['Ÿ€.txt', 'Ÿ€.txt'],
    ["it's 100%.txt", "it's 100%.txt"]
  ]
  for (const [key, name] of NAMES) {
    origin.put('bkt', key, { body: Buffer.from('x'), public: true })
    for (const method of ['GET', 'HEAD']) {
      const response = await get(`/bkt/${encodeURIComponent(key)}?torrent`, { method })
      t.equal(response.status, 200, JSON.stringify(key))
      if (method === 'GET') t.equal((await parsed(response.body)).name, name, JSON.stringify(key))
      const [disposition = '', ...more] = response.headers['content-disposition'] ?? []
      t.same(more, [])
      // RFC 6266: a quoted string of plain ASCII, and RFC 8187 beside it. A trailing semicolon breaks aria2.
      const [, ascii = '', encoded = ''] = /^attachment; filename="([\x20-\x21\x23-\x24\x26-\x5B\x5D-\x7E]+)"; filename\*=UTF-8''([\w.%~-]+)$/.exec(
        disposition
      ) ?? []
      t.equal(decodeURIComponent(encoded), `${name}.torrent`, disposition)
      t.match(ascii, /^[^/]+\.torrent$/)
      t.same(response.headers['set-cookie'], undefined)
    }
    origin.remove('bkt', key)
  }
})

const bucket = join(buckets, 'bkt')
const outside = join(dir, 'outside')

t.test('a directory origin is never left', async (t) => {
  symlinkSync(join(outside, 'file'), join(bucket, 'link-out'))
  symlinkSync('../../outside/file', join(bucket, 'link-out-relative'))
  symlinkSync(join(outside, 'dir'), join(bucket, 'dir-out'))
  symlinkSync('../other/key', join(bucket, 'link-to-other-bucket'))
  symlinkSync('..', join(bucket, 'link-up'))
  symlinkSync('/', join(bucket, 'link-root'))
  symlinkSync('link-out', join(bucket, 'link-to-link'))
  symlinkSync('loop', join(bucket, 'loop'))
  symlinkSync('nowhere', join(bucket, 'dangling'))
  mkdirSync(join(buckets, 'bkt2'))
  writeFileSync(join(buckets, 'bkt2', 'key'), SECRET)
  symlinkSync('../bkt2/key', join(bucket, 'link-to-longer-name'))
  const OUT = [
    '../other/key', '%2e%2e/other/key', '..%2fother%2fkey', '%2e%2e%2fother%2fkey', '../../outside/file',
    'below/../../other/key', 'below/../file', '../bkt/file', './file', 'below/./file', 'below//file', '/file', 'file/',
    'file/.', 'below/',
    '/etc/passwd', '%2Fetc%2Fpasswd', `${outside}/file`, encodeURIComponent(
      `${outside}/file`
    ), '..\\other\\key', '%252e%252e/other/key',
    'link-out', 'link-out-relative', 'dir-out', 'dir-out/file', 'link-to-other-bucket', 'link-up', 'link-up/other/key',
    'link-root/etc/passwd', 'link-to-link', 'link-to-longer-name', 'loop', 'dangling', 'below', 'nothing',
    'file/nothing', 'n'.repeat(
      300
    ), `${'n/'.repeat(500)}n`
  ]
  for (const raw of OUT) {
    for (const query of ['', '?torrent']) {
      const response = await get(`/bkt/${raw}${query}`, { on: directory })
      t.equal(outcome(response), '404 NoSuchKey', raw + query)
      t.notMatch(response.body.toString('latin1'), new RegExp(`${SECRET}|inside|root:`), 'nor is anything of it told')
    }
    t.equal((await get(`/bkt/${raw}`, { on: directory, method: 'HEAD' })).status, 404, `HEAD ${raw}`)
  }
  for (const raw of ['../outside/file', '..%2foutside/file', '%2e%2e/outside/file']) {
    t.equal(outcome(await get(`/${raw}`, { on: directory })), '400 InvalidBucketName', raw)
  }
  for (const hidden of ['.ssh', '.a', '...']) {
    mkdirSync(join(buckets, hidden), { recursive: true })
    writeFileSync(join(buckets, hidden, 'key'), SECRET)
  }
  for (const path of ['/nobucket/key', '/a-file/key', '/.ssh/key', '/%2essh/key', '/.a/key', '/.../key', '/Bkt/file']) {
    t.equal(outcome(await get(path, { on: directory })), '404 NoSuchBucket', path)
  }
  for (const raw of ['file', 'below/file', 'below%2Ffile']) {
    t.equal(outcome(await get(`/bkt/${raw}?torrent`, { on: directory })), '200', raw)
  }
})

t.test('links within a bucket are what they point to', async (t) => {
  symlinkSync('file', join(bucket, 'link-in'))
  symlinkSync('below', join(bucket, 'dir-in'))
  symlinkSync(join(bucket, 'below', 'file'), join(bucket, 'link-in-absolute'))
  for (const [raw, content] of [
    ['link-in', 'inside'], ['dir-in/file', 'below'], ['link-in-absolute', 'below']
  ] as const) {
    t.equal((await get(`/bkt/${raw}`, { on: directory })).body.toString(), content, raw)
    t.equal((await parsed((await get(`/bkt/${raw}?torrent`, { on: directory })).body)).length, content.length)
  }
})

t.test('what is no file is no object, and nobody waits for it', async (t) => {
  execFileSync('mkfifo', [join(bucket, 'fifo')])
  symlinkSync('fifo', join(bucket, 'link-to-fifo'))
  for (const raw of ['fifo', 'link-to-fifo', 'below', 'fifo/x']) {
    for (const query of ['', '?torrent']) {
      t.equal(outcome(await get(`/bkt/${raw}${query}`, { on: directory })), '404 NoSuchKey', raw + query)
    }
  }
  t.equal(outcome(await get('/bkt/file', { on: directory })), '200')
})

t.test('NFC and NFD are two keys', async (t) => {
  writeFileSync(join(bucket, 'b\u00FCcher'), 'composed')
  writeFileSync(join(bucket, 'bu\u0308cher'), 'decomposed')
  writeFileSync(join(bucket, 'o\u0308l'), 'decomposed alone')
  t.equal((await get('/bkt/b%C3%BCcher', { on: directory })).body.toString(), 'composed')
  t.equal((await get('/bkt/bu%CC%88cher', { on: directory })).body.toString(), 'decomposed')
  t.equal((await get('/bkt/o%CC%88l', { on: directory })).body.toString(), 'decomposed alone')
  t.equal(outcome(await get('/bkt/%C3%B6l', { on: directory })), '404 NoSuchKey')
  origin.put('bkt', 'b\u00FC', { body: Buffer.from('composed'), public: true })
  origin.put('bkt', 'bu\u0308', { body: Buffer.from('decomposed'), public: true })
  t.equal((await get('/bkt/b%C3%BC')).body.toString(), 'composed')
  t.equal((await get('/bkt/bu%CC%88')).body.toString(), 'decomposed')
  const names = await Promise.all(
    ['b%C3%BC', 'bu%CC%88'].map(async (raw) => (await parsed((await get(`/bkt/${raw}?torrent`)).body)).name)
  )
  t.same(names, ['b\u00FC', 'bu\u0308'], 'and two names')
})
