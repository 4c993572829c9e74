import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { startServer } from '../support/server.js'

const ALICE = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const MODIFIED = new Date('2026-01-01T00:00:00Z')
const BEFORE = 'Wed, 31 Dec 2025 23:59:59 GMT'
const SAME = 'Thu, 01 Jan 2026 00:00:00 GMT'
const AFTER = 'Thu, 01 Jan 2026 00:00:01 GMT'
const SIZE = 100
const CONTENT = contentAt(1, 0, SIZE)
const ETAG = '"0123456789abcdef0123456789abcdef"'

const dir = t.testdir({ credentials: credentialsText({ alice: ALICE }), buckets: { bkt: { key: CONTENT, empty: '' } } })
const origin = await startFaultyOrigin(t)
const described = {
  'x-amz-meta-colour': 'blue',
  'content-language': 'de',
  'cache-control': 'max-age=60',
  'content-disposition': 'inline',
  'content-encoding': 'identity'
}
origin.put('bkt', 'key', {
  body: CONTENT, etag: ETAG, lastModified: MODIFIED, public: true, contentType: 'video/x-matroska', headers: described
})
origin.put('bkt', 'empty', { body: Buffer.alloc(0), lastModified: MODIFIED, public: true })
origin.put('bkt', 'versioned', { body: Buffer.from('the first'), versionId: 'v1', public: true })
origin.put('bkt', 'versioned', { body: Buffer.from('the second'), versionId: 'v2', public: true })
origin.bucket('bkt', { public: true })

const CONFIGURATION = [
  '--origin', origin.endpoint, '--credentials-file', join(dir, 'credentials'), '--public-url',
  'http://torrent.example.test'
]
const [server, twin, directory] = await Promise.all([
  startServer(t, { args: CONFIGURATION }),
  startServer(t, { args: CONFIGURATION }),
  startServer(t, { args: ['--origin', join(dir, 'buckets')] })
])

interface Get { method?: string, headers?: Record<string, string>, on?: { url: string } }
const get = (path: string, { method = 'GET', headers = {}, on = server }: Get = {}): Promise<HttpResponse> => httpGet(
  on.url + path, { method, headers }
)

const codeOf = ({ body }: { body: Buffer }): string =>
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>(\w+)<\/Code><Message>[^<]+<\/Message>.*<RequestId>[^<]+<\/RequestId>.*<\/Error>$/s.exec(
    body.toString()
  )?.[1] ?? `no error document: ${body.toString()}`
const outcome = (response: { status: number, body: Buffer }): string => response.status < 400
  ? String(response.status)
  : `${response.status} ${codeOf(response)}`

/** The headers that are of the representation, and not of this one answer. */
function lasting ({ headers }: HttpResponse): Record<string, unknown> {
  const { date, 'x-amz-request-id': requestId, 'x-amz-id-2': hostId, ...rest } = headers
  return { ...rest, dated: date !== undefined, identified: requestId !== undefined && hostId !== undefined }
}

/** GET and HEAD of the same answer alike but for the body; resolves with GET's. */
async function alike (
  t: Test, path: string, headers: Record<string, string> = {}, on?: { url: string }
): Promise<HttpResponse> {
  const options = { headers, ...(on && { on }) }
  const [got, head] = [await get(path, options), await get(path, { ...options, method: 'HEAD' })]
  const message = `HEAD ${path} ${JSON.stringify(headers)}`
  t.equal(head.status, got.status, message)
  t.equal(head.body.length, 0, message)
  t.ok(head.complete && got.complete, message)
  if (got.status < 400) {
    t.same(lasting(head), lasting(got), message)
    if (got.status !== 304) t.equal(got.headers['content-length'], String(got.body.length), `Content-Length of ${path}`)
  }
  return got
}

t.test('S60: whatever would write is not allowed, and nobody waits for its body', async (t) => {
  const before = origin.requests.length
  const targets = ['/bkt/key', '/bkt/key?torrent', '/bkt/new', '/bkt', '/bkt?acl', '/', '/-/x', '/-/seed/x/bkt/key']
  const bodies: Array<[headers: string, body: string]> = [
    ['Connection: close\r\n', ''],
    ['Content-Length: 4\r\n', 'body'],
    ['Content-Length: 1000000\r\nExpect: 100-continue\r\n', ''],
    ['Transfer-Encoding: chunked\r\n', '4\r\nbody\r\n0\r\n\r\n'],
    ['Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n', '']
  ]
  for (const method of ['PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND', 'TRACE', 'MKCOL', 'COPY', 'LOCK']) {
    for (const target of method === 'PUT' ? targets : targets.slice(0, 3)) {
      for (const [headers, body] of bodies) {
        const what = `${method} ${target} ${headers.replaceAll('\r\n', ' ')}`
        const response = await rawRequest(
          server.port, `${method} ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`
        )
        t.equal(outcome(response), '405 MethodNotAllowed', what)
        t.same(response.headers['allow'], ['GET, HEAD'], what)
        t.notMatch(response.raw.toString('latin1'), /^HTTP\/1\.1 1/, 'no body is asked for')
        t.match(response.body.toString(), `<Method>${method}</Method>`)
        t.match(response.body.toString(), /<ResourceType>\w+<\/ResourceType>/)
        t.equal(response.closed, true, 'and what is left of it is not read as a request')
      }
    }
  }
  t.equal(origin.requests.length, before, 'the origin is not asked')
  for (const method of ['GET', 'HEAD']) t.equal((await get('/bkt/key', { method })).status, 200, method)
})

t.test('S60: a body that nobody reads ends the connection, however the request is refused', async (t) => {
  for (const target of ['/bkt/key', '/bkt/missing', '/bkt/%zz', '/bkt/key?x=%zz', `/bkt/${'k'.repeat(1025)}`]) {
    for (const method of ['GET', 'PUT']) {
      const response = await rawRequest(
        server.port,
        `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n`
      )
      t.ok(response.complete, `${method} ${target.slice(0, 20)}: ${response.status}`)
      t.equal(response.closed, true, `${method} ${target.slice(0, 20)} is closed`)
    }
  }
})

t.test('S61: other sub-resources are not implemented', async (t) => {
  const before = origin.requests.length
  for (const query of [
    'acl', 'acl=', 'attributes', 'legal-hold', 'retention', 'tagging', 'uploads', 'uploadId=1', 'restore',
    'partNumber=1', 'select'
  ]) {
    t.equal(outcome(await alike(t, `/bkt/key?${query}`)), '501 NotImplemented', `key?${query}`)
  }
  for (const query of ['list-type=2', 'versions', 'uploads', 'policy', 'website', 'cors', 'lifecycle', 'delimiter=/']) {
    t.equal(outcome(await alike(t, `/bkt?${query}`)), '501 NotImplemented', `bucket?${query}`)
  }
  t.equal(outcome(await alike(t, '/')), '501 NotImplemented', 'ListBuckets')
  t.equal(outcome(await alike(t, '/bkt')), '501 NotImplemented', 'ListObjects')
  t.equal(outcome(await alike(t, '/bkt?torrent')), '400 RequestTorrentOfBucketError')
  t.equal(outcome(await alike(t, '/bkt/?torrent')), '400 RequestTorrentOfBucketError')
  for (const query of [
    'acl&torrent', 'torrent&acl', 'torrent&partNumber=1', 'torrent&uploadId=1', 'tagging&acl', 'torrent&location'
  ]) {
    const response = await alike(t, `/bkt/key?${query}`)
    t.equal(outcome(response), '400 InvalidArgument', query)
    const names = query.replaceAll('=1', '').split('&').sort().join(', ')
    t.match(response.body.toString(), `<Message>Conflicting query string parameters: ${names}</Message>`)
  }
  t.equal(origin.requests.length, before, 'the origin is not asked')
  t.match((await alike(t, '/bkt?location')).body.toString(), /<LocationConstraint /)
})

t.test('S61: ?torrent, however it is written, and what is beside it', async (t) => {
  const { body: torrent } = await alike(t, '/bkt/key?torrent')
  t.equal((await parsed(torrent)).length, SIZE)
  for (const query of [
    'torrent=', 'torrent&x-id=GetObjectTorrent', 'x-id=GetObjectTorrent&torrent', 'torrent&Acl', 'torrent&unknown=1',
    'torrent&torrent', '&torrent&', '%74orrent'
  ]) {
    t.same((await alike(t, `/bkt/key?${query}`)).body, torrent, query)
  }
  for (const query of ['Torrent', 'TORRENT', 'torrents', 'x=torrent', '', 'x-id=GetObject', 'Acl', '%2574orrent']) {
    t.same((await alike(t, `/bkt/key?${query}`)).body, CONTENT, `${query} is no ?torrent`)
  }
  for (const range of ['bytes=0-9', 'bytes=1000-', 'bytes=-0', 'nonsense']) {
    const response = await alike(t, '/bkt/key?torrent', { range })
    t.equal(response.status, 200, range)
    t.equal(response.headers['content-range'], undefined)
    t.same(response.body, torrent)
  }
  const versions = await Promise.all(
    ['v1', 'v2'].map((versionId) => alike(t, `/bkt/versioned?torrent&versionId=${versionId}`))
  )
  t.same(await Promise.all(versions.map(async ({ body }) => (await parsed(body)).length)), [9, 10])
  t.equal(new Set(versions.map(({ headers }) => headers.etag)).size, 2)
  t.equal(outcome(await alike(t, '/bkt/versioned?torrent&versionId=v3')), '404 NoSuchVersion')
  t.equal(outcome(await alike(t, '/bkt/versioned?torrent&versionId=')), '400 InvalidArgument')
})

type Answer = [first: number, last: number] | 'whole' | 'none'

const RANGES: Array<[header: string, answer: Answer]> = [
  ['bytes=0-9', [0, 9]], ['bytes=0-0', [0, 0]], ['bytes=1-1', [1, 1]], ['bytes=99-99', [99, 99]],
  ['bytes=50-', [50, 99]], ['bytes=0-', [0, 99]], ['bytes=99-', [99, 99]], ['bytes=-1', [99, 99]],
  ['bytes=-10', [90, 99]], ['bytes=-100', [0, 99]], ['bytes=-101', [0, 99]], ['bytes=0-99', [0, 99]],
  ['bytes=0-100', [0, 99]], ['bytes=90-9999', [90, 99]], ['bytes=0-18446744073709551616', [0, 99]],
  ['bytes=10-9223372036854775807', [10, 99]], ['bytes=-9223372036854775808', [0, 99]],
  [`bytes=0-${'9'.repeat(400)}`, [0, 99]], ['bytes=00000000000000000000000000-0000000009', [0, 9]],
  ['bytes=100-', 'none'], ['bytes=100-100', 'none'], ['bytes=101-200', 'none'], ['bytes=9223372036854775807-', 'none'],
  ['bytes=18446744073709551616-18446744073709551617', 'none'], [`bytes=${'9'.repeat(400)}-`, 'none'],
  ['bytes=-0', 'none'], ['bytes=9-0', 'whole'], ['bytes=-', 'whole'], ['bytes=', 'whole'], ['bytes', 'whole'],
  ['bytes=a-b', 'whole'], ['bytes=0-a', 'whole'], ['bytes=1-2-3', 'whole'], ['bytes=--1', 'whole'],
  ['bytes=-1-', 'whole'], ['bytes=0x0-0x9', 'whole'], ['bytes=1e1-2e1', 'whole'], ['bytes=1.5-2', 'whole'],
  ['bytes=+1-2', 'whole'], ['bytes=0-1,5-9', 'whole'], ['bytes=0-0,-1', 'whole'], ['bytes=0-9,', 'whole'],
  [`bytes=${'0-0,'.repeat(1000)}0-0`, 'whole'], ['octets=0-9', 'whole'], ['0-9', 'whole'], ['items=0-9', 'whole'],
  ['bytes:0-9', 'whole'], ['none', 'whole']
]

async function ranged (
  t: Test, path: string, headers: Record<string, string>, answer: Answer, on = server
): Promise<void> {
  const response = await alike(t, path, headers, on)
  const message = JSON.stringify(headers).slice(0, 80)
  if (answer === 'none') {
    t.equal(outcome(response), '416 InvalidRange', message)
    t.equal(response.headers['content-range'], `bytes */${SIZE}`, message)
    return
  }
  const [first, last] = answer === 'whole' ? [0, SIZE - 1] : answer
  t.equal(response.status, answer === 'whole' ? 200 : 206, message)
  t.equal(response.headers['content-range'], answer === 'whole' ? undefined : `bytes ${first}-${last}/${SIZE}`, message)
  t.equal(response.headers['accept-ranges'], 'bytes', message)
  t.same(response.body, CONTENT.subarray(first, last + 1), message)
}

t.test('S62: the ranges table', async (t) => {
  for (const [range, answer] of RANGES) {
    await ranged(t, '/bkt/key', { range }, answer)
    await ranged(t, '/bkt/key', { range }, answer, directory)
  }
  for (const on of [server, directory]) {
    t.equal(outcome(await alike(t, '/bkt/empty', {}, on)), '200', 'an empty object')
    for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
      t.equal(
        outcome(await alike(t, '/bkt/empty', { range }, on)), '416 InvalidRange', `an empty object has no ${range}`
      )
    }
  }
})

t.test('S62: a web seed answers the same ranges', async (t) => {
  const [seed = ''] = (await parsed((await get('/bkt/key?torrent')).body)).urlList ?? []
  for (const [range, answer] of RANGES) await ranged(t, new URL(seed).pathname, { range }, answer)
})

t.test('S63: If-Range', async (t) => {
  const range = 'bytes=0-9'
  for (const held of [ETAG, SAME]) await ranged(t, '/bkt/key', { range, 'if-range': held }, [0, 9])
  for (const not of ['"another"', `W/${ETAG}`, BEFORE, AFTER, 'nonsense', '*', ETAG.slice(1, -1)]) {
    await ranged(t, '/bkt/key', { range, 'if-range': not }, 'whole')
  }
  await ranged(t, '/bkt/key', { range: 'bytes=1000-', 'if-range': '"another"' }, 'whole')
  await ranged(t, '/bkt/key', { range: 'bytes=1000-', 'if-range': ETAG }, 'none')
})

/** The conditions of RFC 9110 §13, and what they make of a representation with that ETag, changed at MODIFIED. */
function conditions (etag: string): Array<[headers: Record<string, string>, status: 200 | 304 | 412]> {
  return [
    [{ 'if-match': etag }, 200], [{ 'if-match': etag.slice(1, -1) }, 200], [{ 'if-match': '*' }, 200], [
      { 'if-match': `"x", ${etag}` }, 200
    ], [{ 'if-match': '"x"' }, 412], [{ 'if-match': '"x", "y"' }, 412], [{ 'if-match': '' }, 412],
    [{ 'if-none-match': etag }, 304], [{ 'if-none-match': etag.slice(1, -1) }, 304], [
      { 'if-none-match': `W/${etag}` }, 304
    ], [
      { 'if-none-match': '*' }, 304
    ], [{ 'if-none-match': `"x", ${etag}` }, 304], [{ 'if-none-match': '"x"' }, 200],
    [{ 'if-modified-since': SAME }, 304], [{ 'if-modified-since': AFTER }, 304], [
      { 'if-modified-since': BEFORE }, 200
    ], [
      { 'if-modified-since': 'nonsense' }, 200
    ],
    [{ 'if-unmodified-since': SAME }, 200], [{ 'if-unmodified-since': AFTER }, 200], [
      { 'if-unmodified-since': BEFORE }, 412
    ], [
      { 'if-unmodified-since': 'nonsense' }, 200
    ],
    // §13.2.2: which one counts.
    [{ 'if-match': etag, 'if-unmodified-since': BEFORE }, 200], [
      { 'if-match': '"x"', 'if-unmodified-since': AFTER }, 412
    ], [
      { 'if-none-match': '"x"', 'if-modified-since': AFTER }, 200
    ], [{ 'if-none-match': etag, 'if-modified-since': BEFORE }, 304],
    [{ 'if-match': '"x"', 'if-none-match': etag }, 412], [{ 'if-match': etag, 'if-none-match': etag }, 304], [
      { 'if-unmodified-since': BEFORE, 'if-modified-since': AFTER }, 412
    ]
  ]
}

t.test('S63: conditional requests, of objects and of torrents', async (t) => {
  const whole = await get('/bkt/key?torrent')
  const torrentETag = String(whole.headers.etag)
  t.match(torrentETag, /^"[^"]+"$/, 'a strong ETag')
  t.not(torrentETag, ETAG)
  for (const [path, etag, body] of [
    ['/bkt/key', ETAG, CONTENT], ['/bkt/key?torrent', torrentETag, whole.body]
  ] as const) {
    t.equal((await get(path)).headers['last-modified'], SAME)
    for (const [headers, status] of conditions(etag)) {
      const response = await alike(t, path, headers)
      const message = `${path} ${JSON.stringify(headers)}`
      t.equal(response.status, status, message)
      t.equal(response.headers.etag, status === 412 ? undefined : etag, message)
      if (status === 412) t.equal(codeOf(response), 'PreconditionFailed', message)
      else t.same(response.body, status === 304 ? Buffer.alloc(0) : body, message)
      if (status === 304) t.same(response.headers['transfer-encoding'], undefined)
    }
  }
  for (const tag of [torrentETag]) {
    t.equal(
      outcome(await alike(t, '/bkt/key', { 'if-match': tag })),
      '412 PreconditionFailed',
      "a torrent's ETag is not the object's"
    )
  }
  t.equal(outcome(await alike(t, '/bkt/key?torrent', { 'if-match': ETAG })), '412 PreconditionFailed')
  t.equal((await alike(t, '/bkt/key', { range: 'bytes=0-9', 'if-none-match': ETAG })).status, 304)
  t.equal(
    outcome(await alike(t, '/bkt/key', { range: 'bytes=1000-', 'if-match': '"x"' })),
    '412 PreconditionFailed',
    'before the range'
  )
  t.equal(outcome(await alike(t, '/bkt/missing', { 'if-match': '"x"' })), '404 NoSuchKey')
  t.equal(outcome(await alike(t, '/bkt/missing?torrent', { 'if-none-match': '*' })), '404 NoSuchKey')
})

t.test("S63: a torrent's ETag is of its bytes: two servers agree, and another object is another one", async (t) => {
  const [one, other] = [await get('/bkt/key?torrent'), await get('/bkt/key?torrent', { on: twin })]
  t.same(other.body, one.body)
  t.equal(other.headers.etag, one.headers.etag)
  t.equal(
    (await get('/bkt/key?torrent', { on: twin, headers: { 'if-none-match': String(one.headers.etag) } })).status, 304
  )
  const body = contentAt(2, 0, SIZE)
  const etags = [one.headers.etag]
  for (const [key, options] of [
    ['replaced', { body, etag: ETAG, lastModified: MODIFIED }],
    ['replaced', { body, etag: 'another', lastModified: MODIFIED }],
    ['replaced', { body, etag: ETAG, lastModified: new Date(AFTER) }],
    ['replaced', { body: body.subarray(1), etag: ETAG, lastModified: MODIFIED }]
  ] as const) {
    origin.put('bkt', key, { ...options, public: true })
    etags.push((await get(`/bkt/${key}?torrent`)).headers.etag)
  }
  t.equal(new Set(etags).size, etags.length, etags.join(' '))
})

t.test("HEAD answers GET's headers, of objects with what the origin says of them", async (t) => {
  const object = await alike(t, '/bkt/key')
  t.match(object.headers, {
    ...described,
    'content-type': 'video/x-matroska',
    'content-length': String(SIZE),
    etag: ETAG,
    'last-modified': SAME,
    'accept-ranges': 'bytes'
  })
  t.equal(object.headers['x-amz-id-2'] === 'faulty', false, "its own ids, not the origin's")
  const torrent = await alike(t, '/bkt/key?torrent')
  t.match(torrent.headers, {
    'content-type': 'application/x-bittorrent',
    'content-disposition': /^attachment; filename="key\.torrent"/,
    'last-modified': SAME
  })
  for (const name of Object.keys(described).filter((name) => name !== 'content-disposition')) {
    t.equal(torrent.headers[name], undefined, `${name} is the object's`)
  }
  for (const on of [server, directory]) {
    for (const path of [
      '/bkt/key', '/bkt/key?torrent', '/bkt/empty', '/bkt/empty?torrent', '/bkt/missing', '/bkt/missing?torrent',
      '/bkt?location', '/nobucket/key'
    ]) {
      await alike(t, path, {}, on)
    }
  }
  const before = origin.bytesSent
  for (const path of ['/bkt/key', '/bkt/key?torrent']) await get(path, { method: 'HEAD' })
  t.equal(origin.bytesSent, before, 'HEAD reads nothing')
})

t.test('response-* overrides are for the signed', async (t) => {
  const OVERRIDES: Record<string, string> = {
    'cache-control': 'no-store',
    'content-disposition': 'attachment; filename="a b.mkv"',
    'content-encoding': 'gzip',
    'content-language': 'en',
    'content-type': 'text/plain',
    expires: 'Thu, 01 Jan 2036 00:00:00 GMT'
  }
  const query = Object.entries(OVERRIDES).map(([name, value]) => `response-${name}=${encodeURIComponent(value)}`)
  for (const path of ['/bkt/key', '/bkt/missing']) {
    for (const parameter of query) {
      t.match(outcome(await alike(t, `${path}?${parameter}`)), /^400 InvalidRequest$/, `${path}?${parameter}`)
    }
  }
  t.equal((await alike(t, '/bkt/key?response-unknown=1')).headers['content-type'], 'video/x-matroska')
  const torrent = await alike(t, '/bkt/key?torrent&response-unknown=1&response-content-typ=text/html')
  t.equal(torrent.headers['content-type'], 'application/x-bittorrent')
  if (!need(t, 'python-boto3')) return

  const all = `/bkt/key?${query.join('&')}`
  const BAD = ['a%0D%0AX-Evil%3A%201', 'a%0AX-Evil%3A%201', 'a%0Db', 'a%7Fb', 'a%01b']
  const paths = [
    ...BAD.map((value) => `/bkt/key?response-content-type=${value}`),
    '/bkt/key?response-content-disposition=%C3%BC',
    '/bkt/key?torrent&response-content-type=text%2Fhtml'
  ]
  const targets = [all, all, all, ...paths]
  const signed = signWithBotocore(targets.map((path, i) => ({
    scheme: i === 2 ? 'v4-presign' : 'v4',
    method: i === 1 ? 'HEAD' : 'GET',
    url: server.url + path,
    ...(i === 0 && {
      headers: { range: 'bytes=0-9' }
    }),
    ...ALICE
  })))
  const responses = await Promise.all(
    signed.map(({ url, headers }, i) => httpGet(url, { headers, method: i === 1 ? 'HEAD' : 'GET' }))
  )
  for (const [i, status] of [206, 200, 200].entries()) {
    t.equal(responses[i]?.status, status)
    t.match(responses[i]?.headers, { ...OVERRIDES, etag: ETAG, 'x-amz-meta-colour': 'blue' })
  }
  for (const response of responses.slice(3, 3 + BAD.length)) {
    t.equal(outcome(response), '400 InvalidArgument')
    t.equal(response.headers['x-evil'], undefined)
  }
  const [utf8, ofTorrent] = responses.slice(-2)
  t.equal(Buffer.from(String(utf8?.headers['content-disposition']), 'latin1').toString(), 'ü')
  t.equal(ofTorrent?.headers['content-type'], 'application/x-bittorrent', 'a torrent is what it is')
})

t.test('S64: error documents say what was asked, escaped, and nothing of the inside', async (t) => {
  const unescape = (text: string): string => text.replace(
    /&(lt|gt|amp|quot|apos);/g, (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" })[name] ?? ''
  )
  const element = (name: string, body: Buffer): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(
    body.toString()
  )?.[1]
  for (const key of [
    '<Code>AccessDenied</Code>', '</Resource></Error><Error>', '&amp;&lt;&#60;', ']]>', '<![CDATA[x]]>', '<!--', '"\'',
    '<script>alert(1)</script>', '{{7*7}}', '%3Cx%3E', 'a\u0001\u001Bb', 'a\r\nb', '\uFFFE', '\u2028', '😀'
  ]) {
    for (const raw of [
      `/bkt/${encodeURIComponent(key)}`, `/bkt/${key.replace(/[^\x21-\x7E]|[%#?]/gu, encodeURIComponent)}`
    ]) {
      const response = await alike(t, raw)
      t.equal(outcome(response), '404 NoSuchKey', raw)
      const text = response.body.toString()
      // Elements of text, entities of XML's own, and no character that XML 1.0 forbids.
      t.match(
        text,
        /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error>(<(\w+)>([^<>&\u0000-\u0008\u000B-\u001F\uFFFE\uFFFF]|&(lt|gt|amp|quot|apos);)*<\/\2>)+<\/Error>$/u,
        raw
      )
      t.same(
        text.match(/<(\w+)>/g),
        ['<Error>', '<Code>', '<Message>', '<Key>', '<Resource>', '<RequestId>', '<HostId>'],
        raw
      )
      t.equal(unescape(element('Resource', response.body) ?? ''), raw, 'Resource is the path as it was sent')
      t.equal(
        unescape(element('Key', response.body) ?? ''),
        key.replace(/[\u0000-\u0008\u000B-\u001F\uFFFE\uFFFF]|\r/g, '\uFFFD').replace('\uFFFD\n', '\uFFFD\n'),
        'Key is the key'
      )
      t.equal(response.headers['content-type'], 'application/xml')
      t.equal(element('RequestId', response.body), response.headers['x-amz-request-id'])
    }
  }
  for (const path of [
    '/bkt/missing?torrent&X-Amz-Unknown=secretparameter',
    '/Bad<Bucket/key',
    '/bkt/key?acl',
    '/-/<x>',
    '/bkt/%zz<',
    '/bkt/key?torrent&versionId=<v>',
    '/bkt/key?versionId=',
    '/bkt/key?acl&torrent',
    '/bkt/key?X-Amz-Signature=secretparameter',
    '/bkt/key?Expires=<secretparameter>&AWSAccessKeyId=x&Signature=x'
  ]) {
    const { body, status } = await get(path.replace(/[<>]/g, encodeURIComponent))
    t.ok(status >= 400, path)
    t.not(codeOf({ body }), undefined)
    t.match(body.toString(), /^<\?xml[^>]*>\n<Error>(<(\w+)(\/>|>[^<>]*<\/\2>))+<\/Error>$/, path)
    t.notMatch(body.toString(), new RegExp(`node_modules|\\.js:|\\.ts:|    at |${origin.port}|faulty|${dir}`), path)
    if (!path.includes('Expires')) t.notMatch(body.toString(), /secretparameter/, 'nor the query')
  }
})
