import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { Faults } from '../support/faults.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed, pieceHashesOf } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { startServer } from '../support/server.js'

const ALICE = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const TEMPORARY = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'temporary-secret-temporary' }
const TOKEN = 'session-token-session-token'
const CREDENTIALS = `${credentialsText({ alice: ALICE, temporary: TEMPORARY })}aws_session_token = ${TOKEN}\n`
const OWN = { accessKeyId: 'AKIASERVER', secretAccessKey: 'server-secret-server-secret' }
const SIZE = 50_000
const CONTENT = contentAt(1, 0, SIZE)
const MODIFIED = 'Thu, 01 Jan 2026 00:00:00 GMT'
const RSS_LIMIT = 80 << 20
// What boto3 waits for a byte.
const CLIENT_MS = 60_000

type Script = (request: IncomingMessage, response: ServerResponse) => void
interface Seen { method: string, url: string, headers: IncomingHttpHeaders }

/** An origin that answers each path as its script says. */
class ScriptedOrigin {
  readonly seen: Seen[] = []
  readonly scripts = new Map<string, Script>()
  readonly #server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    this.seen.push({ method, url, headers })
    const script = this.scripts.get(url.split('?')[0] ?? '')
    response.on('error', () => {})
    if (script) script(request, response)
    else response.writeHead(404).end()
  })

  async listen (): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get endpoint (): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close (): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

async function scriptedOrigin (t: Test): Promise<ScriptedOrigin> {
  const origin = new ScriptedOrigin()
  await origin.listen()
  t.teardown(() => { origin.close() })
  return origin
}

const dir = t.testdir({ credentials: CREDENTIALS })
const credentials = join(dir, 'credentials')
const faulty = await startFaultyOrigin(t)
const scripted = await scriptedOrigin(t)
const elsewhere = await scriptedOrigin(t)
const env = { AWS_ACCESS_KEY_ID: OWN.accessKeyId, AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey }
const [server, plain] = await Promise.all([
  startServer(t, {
    args: [
      '--origin', faulty.endpoint, '--credentials-file', credentials, '--log-level', 'debug', '--piece-length', '16384'
    ],
    env
  }),
  startServer(t, {
    args: ['--origin', scripted.endpoint, '--credentials-file', credentials, '--piece-length', '16384'], env
  })
])

// Origins that take the request and do not answer, or not to the end: begins here, and is looked at in the last test.
scripted.scripts.set('/bkt/silent', () => {})
scripted.scripts.set('/bkt/silent-document', ({ method }, response) => {
  response.writeHead(403, { 'content-type': 'application/xml' })
  if (method === 'HEAD') response.end()
  else response.write('<Error><Code>AccessDenied</Code>')
})
async function waited (key: string): Promise<{ key: string, response: HttpResponse }> {
  return { key, response: await httpGet(`${plain.url}/bkt/${key}?torrent`, { timeoutMs: CLIENT_MS }) }
}

const waiting = ['silent', 'silent-document'].map((key) => waited(key))

// Bodies that are always short, and what becomes of a torrent: a byte that never comes is waited for, for a minute.
const SHORT = ([
  [{ shortBody: { by: 1, framing: 'close' } }, '200 broken off'],
  [{ shortBody: { by: SIZE, framing: 'close' } }, '503 ServiceUnavailable'],
  [{ cutAfter: 20_000 }, '200'],
  [{ shortBody: { by: 1, framing: 'length' } }, '200 broken off'],
  [{ shortBody: { by: SIZE / 2, framing: 'length' } }, '200 broken off'],
  [{ shortBody: { by: 1, framing: 'chunked' } }, '503 ServiceUnavailable']
] as const).map(([faults, torrent], i) => {
  const key = put(`short-${i}`, faults)
  return {
    key,
    what: JSON.stringify(faults),
    torrent,
    asked: httpGet(`${server.url}/bkt/${key}?torrent`, { timeoutMs: 110_000 })
  }
})

const codeOf = ({ body }: { body: Buffer }): string =>
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>(\w+)<\/Code><Message>[^<]+<\/Message>.*<RequestId>[^<]+<\/RequestId>.*<\/Error>$/s.exec(
    body.toString()
  )?.[1] ??
    `no error document: ${body.toString().slice(0, 300)}`
const outcome = (response: HttpResponse): string => response.status < 400
  ? `${response.status}${response.complete ? '' : ' broken off'}`
  : `${response.status} ${codeOf(response)}`

/** Of the faulty origin's server. */
const get = (path: string, headers: Record<string, string> = {}): Promise<HttpResponse> => httpGet(
  `${server.url}/bkt/${path}`, { headers }
)

/** Of the scripted origin's server; nothing of the inside is told. */
async function ask (t: Test, path: string, { method = 'GET', headers = {} } = {}): Promise<HttpResponse> {
  const response = await httpGet(`${plain.url}/bkt/${path}`, { method, headers })
  if (response.status >= 400) {
    t.notMatch(
      response.body.toString(),
      new RegExp(`${new URL(scripted.endpoint).port}|node_modules|    at |<!|aws-sdk`),
      `${path} tells nothing of the origin`
    )
  }
  return response
}

function put (key: string, faults: Faults = {}, size = SIZE): string {
  faulty.put('bkt', key, { body: CONTENT.subarray(0, size), public: true, faults })
  return key
}

const objectHeaders = (body: Buffer, etag: string): Record<string, string> => ({
  etag, 'last-modified': MODIFIED, 'content-length': String(body.length), 'accept-ranges': 'bytes'
})

/** Answers an object as it should be. */
function answerObject (request: IncomingMessage, response: ServerResponse, body = CONTENT, etag = '"one"'): void {
  const ifMatch = request.headers['if-match']
  if (ifMatch !== undefined && ifMatch !== etag) return answerError(response, 412, 'PreconditionFailed')
  response.writeHead(200, objectHeaders(body, etag)).end(request.method === 'HEAD' ? undefined : body)
}

function answerError (
  response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}
): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`
  )
}

async function rightTorrent (t: Test, response: HttpResponse, content: Buffer, message: string): Promise<void> {
  t.equal(outcome(response), '200', message)
  const { pieces, length } = await parsed(response.body)
  t.equal(length, content.length, message)
  t.same(pieces, (await pieceHashesOf(content, 16384)).map((hash) => hash.toString('hex')), message)
}

async function stillAnswers (t: Test, message: string): Promise<void> {
  scripted.scripts.set('/bkt/good', (request, response) => { answerObject(request, response) })
  await rightTorrent(t, await ask(t, 'good?torrent'), CONTENT, `after ${message} the server answers`)
}

const peakOf = (pid: number): number => Number(
  /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
) * 1024

const LAUGHS =
  '<!DOCTYPE lolz [<!ENTITY lol ' +
  `"lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i || ''};`.repeat(10)}">`).join('')}]>` +
  '<Error><Code>AccessDenied</Code><Message>&lol9;</Message></Error>'

t.test('S81: error documents that are traps', async (t) => {
  await stillAnswers(t, 'nothing')
  const external =
    `<!DOCTYPE e [<!ENTITY x SYSTEM "${elsewhere.endpoint}/entity"><!ENTITY f SYSTEM ` +
    '"file:///etc/passwd">]><Error><Code>AccessDenied</Code><Message>&x;&f;</Message></Error>'
  const BODIES: Array<[name: string, body: string]> = [
    ['a billion laughs', LAUGHS],
    ['external entities', external],
    ['an external DTD', `<!DOCTYPE Error SYSTEM "${elsewhere.endpoint}/dtd"><Error><Code>AccessDenied</Code></Error>`],
    ['a doctype in lower case', '<!doctype html><html><body>Forbidden</body></html>'],
    ['10 MB', `<Error><Code>AccessDenied</Code><Message>${'a'.repeat(10 << 20)}</Message></Error>`],
    ['10 MB of whitespace first', `${' '.repeat(10 << 20)}<Error><Code>AccessDenied</Code></Error>`],
    ['a code of 100 kB', `<Error><Code>${'A'.repeat(100_000)}</Code></Error>`]
  ]
  for (const status of [400, 403, 404, 500]) {
    for (const [name, body] of BODIES) {
      scripted.scripts.set('/bkt/trap', ({ method }, response) => {
        response.writeHead(status, { 'content-type': 'application/xml' }).end(method === 'HEAD' ? undefined : body)
      })
      // Nothing of the body counts: the status alone does, as it came to HEAD. The unsigned may not know more than that
      // of a 400.
      const expected = {
        400: '403 AccessDenied', 403: '403 AccessDenied', 404: '404 NoSuchKey', 500: '503 ServiceUnavailable'
      }[status] ?? ''
      for (const path of ['trap', 'trap?torrent']) {
        t.equal(outcome(await ask(t, path)), expected, `${name}, ${status}, ${path}`)
      }
      t.equal(
        (await ask(t, 'trap', { method: 'HEAD' })).status, Number(expected.slice(0, 3)), `${name}, ${status}, HEAD`
      )
    }
  }
  scripted.scripts.set('/bkt/refusal', (_, response) => { answerError(response, 403, 'AccessDenied') })
  t.equal(outcome(await ask(t, 'refusal?torrent')), '403 AccessDenied', 'a refusal without a trap is passed on')
  t.same(elsewhere.seen, [], 'nothing is fetched')
  await stillAnswers(t, 'traps')
})

t.test('S81: traps where the object should be', async (t) => {
  for (const [name, body] of [
    ['a billion laughs', LAUGHS], ['10 MB', `<Error>${'a'.repeat(10 << 20)}</Error>`]
  ] as const) {
    scripted.scripts.set('/bkt/late', (request, response) => {
      if (request.method === 'HEAD') answerObject(request, response)
      else response.writeHead(403, { 'content-type': 'application/xml' }).end(body)
    })
    for (const path of ['late', 'late?torrent']) {
      t.equal(outcome(await ask(t, path)), '403 AccessDenied', `${name} to the GET, ${path}`)
    }
  }
  t.same(elsewhere.seen, [])
})

t.test('S81: entities of XML itself are text, and go no further', async (t) => {
  scripted.scripts.set('/bkt/text', ({ method }, response) => {
    response.writeHead(404, { 'content-type': 'application/xml' }).end(
      method === 'HEAD'
        ? undefined
        : '<Error><Code>NoSuchKey</Code><Message>&lt;script&gt; &#x6c;ol ' +
          'http://10.0.0.1/</Message><Key>another</Key></Error>'
    )
  })
  const response = await ask(t, 'text?torrent')
  t.equal(outcome(response), '404 NoSuchKey')
  t.match(response.body.toString(), '<Message>The specified key does not exist.</Message><Key>text</Key>')
  t.notMatch(response.body.toString(), /script|10\.0\.0\.1|another|lol/)
})

t.test('S81: endless error documents end, and none is kept in memory', async (t) => {
  await stillAnswers(t, 'nothing')
  const before = peakOf(plain.pid)
  let sent = 0
  scripted.scripts.set('/bkt/endless', ({ method }, response) => {
    response.writeHead(403, { 'content-type': 'application/xml' })
    if (method === 'HEAD') return response.end()
    const chunk = Buffer.alloc(1 << 16, 'a')
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length
    }
    response.write('<Error><Code>AccessDenied</Code><Message>')
    response.on('drain', more)
    more()
  })
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, i) => ask(t, i % 2 ? 'endless' : 'endless?torrent'))
  )
  t.same([...new Set(responses.map(outcome))], ['403 AccessDenied'])
  const big = `<Error><Code>AccessDenied</Code><Message>${'a'.repeat(10 << 20)}</Message></Error>`
  faulty.put('bkt', 'big', { body: CONTENT, public: true, faults: { errorBody: { status: 403, body: big } } })
  t.equal(outcome(await get('big?torrent')), '403 AccessDenied')
  t.ok(sent < 400 << 20, `${sent} bytes were taken from the origin`)
  t.ok(
    peakOf(plain.pid) - before < RSS_LIMIT,
    `${Math.round((peakOf(plain.pid) - before) / (1 << 20))} MiB more memory at most`
  )
  await stillAnswers(t, 'endless documents')
})

t.test('S82: redirects are not followed', async (t) => {
  const seed = new URL((await parsed((await ask(t, 'good?torrent')).body)).urlList?.[0] ?? '').pathname.replace(
    '/good', '/moved'
  )
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [
      `${elsewhere.endpoint}/bkt/moved`,
      'http://169.254.169.254/latest/meta-data/',
      '//169.254.169.254/',
      '/bkt/good',
      'file:///etc/passwd'
    ]) {
      scripted.scripts.set('/bkt/moved', ({ method }, response) => {
        response.writeHead(status, { location, 'content-type': 'application/xml', 'x-amz-bucket-region': 'eu-west-1' })
          .end(
            method === 'HEAD'
              ? undefined
              : '<Error><Code>PermanentRedirect</Code><Message>Use ' +
                `another.</Message><Endpoint>${new URL(elsewhere.endpoint).host}</Endpoint><Bucket>bkt</Bucket></Error>`
          )
      })
      for (const path of ['moved', 'moved?torrent']) {
        const response = await ask(t, path)
        t.equal(outcome(response), '503 ServiceUnavailable', `${status} to ${location}, ${path}`)
        t.equal(response.headers.location, undefined)
        t.notMatch(response.body.toString(), /169\.254|Endpoint|eu-west/)
        t.equal((await ask(t, path, { method: 'HEAD' })).status, 503)
      }
    }
  }
  t.equal((await httpGet(plain.url + seed)).status, 0, 'a web seed breaks off')
  scripted.scripts.set('/bkt/moved', (request, response) => {
    if (request.method === 'HEAD') answerObject(request, response)
    else answerError(response, 307, 'TemporaryRedirect', { location: `${elsewhere.endpoint}/bkt/moved` })
  })
  for (const path of ['moved', 'moved?torrent']) {
    t.equal(outcome(await ask(t, path)), '503 ServiceUnavailable', `the GET alone, ${path}`)
  }
  put('moved', { redirectTo: { status: 301, location: `${elsewhere.endpoint}/bkt/moved` } })
  t.equal(outcome(await get('moved?torrent')), '503 ServiceUnavailable')
  t.same(elsewhere.seen, [], 'the other server gets no request')
  elsewhere.scripts.set('/bkt/moved', (_, response) => { response.end() })
  await httpGet(`${elsewhere.endpoint}/bkt/moved`)
  t.equal(elsewhere.seen.length, 1, 'though it would have taken one')
  elsewhere.seen.length = 0
  await stillAnswers(t, 'redirects')
})

t.test('an origin that is down, and comes back', async (t) => {
  const { port } = faulty
  put('here')
  const { body } = await get('here?torrent')
  await faulty.close()
  for (const path of ['here', 'here?torrent', 'missing']) {
    t.equal(outcome(await get(path)), '503 ServiceUnavailable', path)
  }
  t.equal((await httpGet(`${server.url}/bkt/here`, { method: 'HEAD' })).status, 503)
  await faulty.listen(port)
  t.same((await get('here?torrent')).body, body)
})

t.test('an origin that is no HTTP server, or no S3', async (t) => {
  const SCRIPTS: Record<string, Script> = {
    'resets the connection': ({ socket }) => { socket.resetAndDestroy() },
    'closes the connection': ({ socket }) => { socket.destroy() },
    'answers garbage': ({ socket }) => { socket.end('garbage\r\n\r\n') },
    'answers half a head': ({ socket }) => { socket.end('HTTP/1.1 200 OK\r\nETag: "one"\r\n') },
    'answers a head of 1 MB': ({ socket }) => { socket.end(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(1 << 20)}\r\n\r\n`) },
    'answers TE and CL': ({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
    },
    'answers two lengths': ({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello')
    },
    'answers 500': (_, response) => { answerError(response, 500, 'InternalError') },
    'answers 502': (_, response) => { response.writeHead(502).end('<html>Bad Gateway</html>') },
    'answers 504': (_, response) => { response.writeHead(504).end() },
    'answers a 200 that is an error': (_, response) => { answerError(response, 200, 'InternalError') },
    'answers 204': (_, response) => { response.writeHead(204).end() }
  }
  for (const [name, script] of Object.entries(SCRIPTS)) {
    scripted.scripts.set('/bkt/odd', script)
    for (const path of ['odd', 'odd?torrent']) {
      t.equal(outcome(await ask(t, path)), '503 ServiceUnavailable', `an origin that ${name}, ${path}`)
    }
    scripted.scripts.set('/bkt/odd', (request, response) => {
      if (request.method === 'HEAD') answerObject(request, response)
      else script(request, response)
    })
    for (const path of ['odd', 'odd?torrent']) {
      t.equal(outcome(await ask(t, path)), '503 ServiceUnavailable', `and does it to the GET alone, ${path}`)
    }
  }
  await stillAnswers(t, 'all that')
})

t.test('an origin without ETag, Last-Modified or Content-Length', async (t) => {
  const outcomes = { etag: '400 InvalidRequest', 'last-modified': '200', 'content-length': '503 ServiceUnavailable' }
  for (const [missing, expected] of Object.entries(outcomes)) {
    for (const at of ['HEAD', 'GET']) {
      const key = `bare-${missing}-${at}`
      scripted.scripts.set(`/bkt/${key}`, (request, response) => {
        if (request.method !== at) return answerObject(request, response)
        const { [missing]: _, ...headers } = objectHeaders(CONTENT, '"one"')
        response.writeHead(200, headers).end(at === 'HEAD' ? undefined : CONTENT)
      })
      // What HEAD leaves out of the length, GET says.
      for (const path of [key, `${key}?torrent`]) {
        t.equal(
          outcome(await ask(t, path)),
          missing === 'content-length' && at === 'HEAD' ? '200' : expected,
          `${at} without ${missing}, ${path}`
        )
      }
    }
  }
  for (const [name, value, expected] of [
    ['last-modified', 'nonsense', '200'], ['etag', '', '400 InvalidRequest'], ['etag', '""', '400 InvalidRequest']
  ] as const) {
    scripted.scripts.set('/bkt/bare', ({ method }, response) => {
      response.writeHead(200, { ...objectHeaders(CONTENT, '"one"'), [name]: value }).end(
        method === 'HEAD' ? undefined : CONTENT
      )
    })
    t.equal(outcome(await ask(t, 'bare?torrent')), expected, `${name}: ${value}`)
  }
  scripted.scripts.set('/bkt/bare', (request, response) => { answerObject(request, response) })
  await rightTorrent(t, await ask(t, 'bare?torrent'), CONTENT, 'with all of them')
})

t.test('one reader of Last-Modified: a date is one to everybody, and what is none to nobody', async (t) => {
  const answer = (value: string, at?: string): void => {
    scripted.scripts.set('/bkt/dated', ({ method, headers }, response) => {
      const whole = objectHeaders(CONTENT, '"one"')
      const dated = at === undefined || at === method ? { ...whole, 'last-modified': value } : whole
      const ranged = method === 'GET' && headers.range === 'bytes=0-0'
      response.writeHead(ranged ? 206 : 200, {
        ...dated, ...(ranged && { 'content-length': '1', 'content-range': `bytes 0-0/${CONTENT.length}` })
      }).end(
        method === 'HEAD' ? undefined : ranged ? CONTENT.subarray(0, 1) : CONTENT
      )
    })
  }
  for (const value of [
    'Thu, 01 Jan 275000 00:00:00 GMT', 'Thu, 01 Jan 10000 00:00:00 GMT', 'Thu, 30 Feb 2026 00:00:00 GMT', '1',
    'nonsense'
  ]) {
    for (const at of [undefined, 'HEAD', 'GET']) {
      answer(value, at)
      for (const path of at === undefined ? ['dated', 'dated?torrent'] : ['dated']) {
        const response = await ask(t, path)
        t.equal(outcome(response), '200', `${value} at ${at}, ${path}`)
        if (at !== 'GET') t.equal(response.headers['last-modified'], undefined, 'what is no date is left out')
        if (path.endsWith('?torrent')) t.notMatch(response.body.toString('latin1'), 'creation date')
      }
    }
  }
  for (const value of [
    '2026-01-01T00:00:00Z', 'Thu, 01 Jan 2026 00:00:00 UTC', 'thu, 01 jan 2026 00:00:00 gmt',
    'Thu, 01 Jan 2026 00:00:00 +0000', 'Thursday, 01-Jan-26 00:00:00 GMT', 'Thu Jan  1 00:00:00 2026',
    'Fri, 31 Dec 9999 23:59:59 GMT'
  ]) {
    answer(value)
    for (const path of ['dated', 'dated?torrent']) {
      const response = await ask(t, path)
      t.equal(response.status, 200, `${value}, ${path}`)
      t.equal(response.headers['last-modified'], value.includes('9999') ? value : 'Thu, 01 Jan 2026 00:00:00 GMT')
    }
  }
})

t.test('503 SlowDown is passed on, with Retry-After', async (t) => {
  const cases = ([[503, 'GET'], [429, 'GET'], [429, undefined], [503, undefined]] as const).flatMap(
    ([status, method]) => ['', '?torrent'].map((query) => ({ status, method, query }))
  )
  await Promise.all(cases.map(async ({ status, method, query }, i) => {
    const what = `${status} to ${method ?? 'everything'}, ${query}`
    const response = await get(
      put(`throttled-${i}`, { statusBurst: { status, count: 100, ...(method && { method }) } }) + query
    )
    t.equal(outcome(response), '503 SlowDown', what)
    t.match(response.headers['retry-after'], /^[1-9]\d*$/, `Retry-After, ${what}`)
  }))
  const bursts = [503, 429, 500].flatMap((status) => (['GET', 'HEAD'] as const).map((method) => ({ status, method })))
  await Promise.all(bursts.map(async ({ status, method }, i) => {
    const key = put(`burst-${i}`, { statusBurst: { status, count: 2, method } })
    await rightTorrent(t, await get(`${key}?torrent`), CONTENT, `a short burst of ${status} to ${method} is waited for`)
  }))
})

t.test('throttled when asked whether everybody may read, it is not taken for private', async (t) => {
  if (!need(t, 'python-boto3')) return
  // What the unsigned are answered at first, and what becomes of the torrent; a verdict is kept for half a minute.
  const cases = [[200, '200', 1], [403, '200', 0], [429, '503 SlowDown', 1], [503, '503 SlowDown', 1]] as const
  const unsigned = new Map<string, number>()
  for (const [status] of cases) {
    const path = `/bkt/unsigned-${status}`
    unsigned.set(path, status)
    scripted.scripts.set(path, (request, response) => {
      const now = unsigned.get(path) ?? 200
      if (request.headers.authorization !== undefined || now === 200) answerObject(request, response)
      else answerError(response, now, now === 403 ? 'AccessDenied' : 'SlowDown')
    })
  }
  const signed = signWithBotocore(cases.map(
    ([status]) => ({ scheme: 'v4', url: `${plain.url}/bkt/unsigned-${status}?torrent`, ...ALICE })
  ))
  for (const [i, [status, said, seeds]] of cases.entries()) {
    const torrent = (): Promise<HttpResponse> => httpGet(signed[i]?.url ?? '', { headers: signed[i]?.headers ?? {} })
    const first = await torrent()
    t.equal(outcome(first), said, `${status}`)
    if (first.status !== 200) unsigned.set(`/bkt/unsigned-${status}`, 200)
    const answered = first.status === 200 ? first : await torrent()
    t.equal((await parsed(answered.body)).urlList?.length ?? 0, seeds, `${status}: its web seeds`)
  }
})

t.test('a wrong Content-Range never shifts a byte', async (t) => {
  put('shifted', { wrongContentRange: true })
  t.equal(outcome(await get('shifted?torrent')), '503 ServiceUnavailable', 'no torrent is made of it')
  put('shifted')
  const torrent = await get('shifted?torrent')
  await rightTorrent(t, torrent, CONTENT, 'nor has anything been kept of it')
  const seed = (await parsed(torrent.body)).urlList?.[0] ?? ''
  put('shifted', { wrongContentRange: true })
  t.equal(outcome(await get('shifted', { range: 'bytes=10-19' })), '503 ServiceUnavailable')
  const part = await httpGet(seed, { headers: { range: 'bytes=10-19' } })
  t.ok(part.body.equals(CONTENT.subarray(10, 20)), 'a web seed reads it whole where ranges are nonsense')
  t.equal(outcome(await get('shifted')), '200', 'all of it')
  for (const contentRange of [
    'bytes 0-9/*', 'bytes 10-29/50000', 'bytes 10-14/50000', 'nonsense', 'bytes 19-10/50000', ''
  ]) {
    scripted.scripts.set('/bkt/range', (request, response) => {
      if (request.method === 'HEAD') return answerObject(request, response)
      response.writeHead(206, {
        ...objectHeaders(CONTENT, '"one"'), 'content-length': '10', 'content-range': contentRange
      }).end(
        CONTENT.subarray(10, 20)
      )
    })
    const response = await ask(t, 'range', { headers: { range: 'bytes=10-19' } })
    t.equal(outcome(response), '503 ServiceUnavailable', `Content-Range: ${contentRange}`)
  }
  put('shifted')
  const right = await get('shifted', { range: 'bytes=10-19' })
  t.equal(right.status, 206)
  t.same(right.body, CONTENT.subarray(10, 20))
  t.same((await httpGet(seed, { headers: { range: 'bytes=10-19' } })).body, CONTENT.subarray(10, 20))
})

t.test('an ignored Range is the whole object, or nothing', async (t) => {
  put('whole', { ignoreRange: true })
  const whole = await get('whole', { range: 'bytes=10-19' })
  t.equal(outcome(whole), '200')
  t.equal(whole.headers['content-range'], undefined)
  t.same(whole.body, CONTENT)
  const torrent = await get('whole?torrent')
  await rightTorrent(t, torrent, CONTENT, 'a torrent is of the whole')
  const seed = (await parsed(torrent.body)).urlList?.[0] ?? ''
  t.match(
    await httpGet(seed, { headers: { range: 'bytes=10-19' } }),
    { status: 206, body: CONTENT.subarray(10, 20) },
    'a web seed gives exact ranges'
  )
  t.same((await httpGet(seed)).body, CONTENT)
  put('whole')
  t.same((await httpGet(seed, { headers: { range: 'bytes=10-19' } })).body, CONTENT.subarray(10, 20))
})

t.test('a body that is too short is never a whole answer', async (t) => {
  for (const { key, what } of SHORT) {
    const whole = await get(key)
    t.ok(
      (whole.status === 200 && !whole.complete && !what.includes('chunked')) ||
        outcome(whole) === '503 ServiceUnavailable',
      `${what}: ${outcome(whole)}`
    )
    if (whole.status === 200) t.ok(whole.body.length < Number(whole.headers['content-length']), `${what} is short`)
    const part = await get(key, { range: 'bytes=0-' })
    t.ok(part.status === 503 || (part.status === 206 && !part.complete), `${what}, a range: ${outcome(part)}`)
  }
  put('whole-again', { shortBody: { by: 1, framing: 'chunked' } })
  t.equal(outcome(await get('whole-again?torrent')), '503 ServiceUnavailable')
  put('whole-again')
  await rightTorrent(t, await get('whole-again?torrent'), CONTENT, 'whole again')
  t.same((await get('whole-again')).body, CONTENT)
})

t.test('a body that is too long is never a whole answer', async (t) => {
  scripted.scripts.set('/bkt/long', (request, response) => {
    if (request.method === 'HEAD') return answerObject(request, response)
    response.writeHead(200, objectHeaders(Buffer.alloc(SIZE + 1), '"one"')).end(
      Buffer.concat([CONTENT, Buffer.alloc(1)])
    )
  })
  const torrent = await ask(t, 'long?torrent')
  t.ok(torrent.status === 503 || !torrent.complete, outcome(torrent))
})

const OTHER = contentAt(2, 0, SIZE + 1)

/** An object that is replaced each time it is asked for by HEAD with a signature, or unsigned `heads` times. */
function replacing (key: string, times: number): Seen[] {
  const versions = { at: 0 }
  const gets: Seen[] = []
  scripted.scripts.set(`/bkt/${key}`, (request, response) => {
    const { method = '', url = '', headers } = request
    const current = (): [Buffer, string] => versions.at % 2
      ? [OTHER, `"v${versions.at}"`]
      : [CONTENT, `"v${versions.at}"`]
    if (method === 'GET') {
      gets.push({ method, url, headers })
      // The moment between HEAD and GET.
      if (versions.at < times) versions.at++
    }
    answerObject(request, response, ...current())
  })
  return gets
}

t.test('an object that changes between HEAD and GET: the torrent is begun once more', async (t) => {
  const gets = replacing('changed', 1)
  const response = await ask(t, 'changed?torrent')
  await rightTorrent(t, response, OTHER, 'of the new one')
  t.same(
    gets.map(({ headers }) => headers['if-match']),
    ['"v0"', '"v0"', '"v1"', '"v1"'],
    "pinned every time, by a thread and by the origin's own client"
  )
  const seed = (await parsed(response.body)).urlList?.[0] ?? ''
  t.match(seed, `/-/seed/${Buffer.from('"v1"').toString('base64url')}/`, 'and so is its web seed')
  t.same((await httpGet(seed)).body, OTHER)
})

t.test('an object that changes for ever is a SlowDown', async (t) => {
  const gets = replacing('changing', Infinity)
  const response = await ask(t, 'changing?torrent')
  t.equal(outcome(response), '503 SlowDown')
  t.match(response.headers['retry-after'], /^[1-9]\d*$/)
  t.equal(gets.length, 4, "after one more try, each of a thread and of the origin's own client")
})

t.test('an object that changes between HEAD and GET is no failed precondition of a client that set none', async (t) => {
  replacing('replaced', 1)
  const response = await ask(t, 'replaced')
  t.equal(outcome(response), '200')
  t.same(response.body, OTHER, 'the new one, whole')
  t.equal(response.headers.etag, '"v1"')
  replacing('replaced', 1)
  t.equal(
    outcome(await ask(t, 'replaced', { headers: { 'if-match': '"v0"' } })),
    '412 PreconditionFailed',
    'to one that did it is'
  )
})

t.test('a web seed of an object that has changed is gone', async (t) => {
  put('pinned')
  const seed = (await parsed((await get('pinned?torrent')).body)).urlList?.[0] ?? ''
  t.same((await httpGet(seed)).body, CONTENT)
  faulty.put('bkt', 'pinned', { body: OTHER, public: true })
  for (const headers of [{}, { range: 'bytes=0-9' }]) {
    t.equal(outcome(await httpGet(seed, { headers })), '404 NoSuchKey')
  }
})

t.test('an origin that ignores If-Match mixes nothing', async (t) => {
  const bodies = [CONTENT, OTHER.subarray(0, SIZE)] as const
  scripted.scripts.set('/bkt/ignoring', ({ method }, response) => {
    const body = bodies[method === 'HEAD' ? 0 : 1]
    response.writeHead(200, objectHeaders(body, method === 'HEAD' ? '"one"' : '"two"')).end(
      method === 'HEAD' ? undefined : body
    )
  })
  t.equal((await ask(t, 'ignoring?torrent')).status, 503)
  const pinned = await httpGet(`${plain.url}/-/seed/${Buffer.from('"one"').toString('base64url')}/bkt/ignoring`)
  t.ok(pinned.status === 404 || pinned.status === 0, `nor does its web seed: ${pinned.status}`)
  const current = await httpGet(`${plain.url}/-/seed/${Buffer.from('"two"').toString('base64url')}/bkt/ignoring`)
  t.equal(current.status, 404, 'of which HEAD says that it is not there')
})

t.test('S83: no secret is logged, whatever happens', async (t) => {
  if (!need(t, 'python-boto3')) return
  const on = (path: string) => `${server.url}/bkt/${path}`
  put('ok')
  const FAULTS: Record<string, Faults> = {
    'origin-500': { statusBurst: { status: 500, count: 1e9 } },
    'origin-503': { statusBurst: { status: 503, count: 1e9 } },
    'origin-503-get': { statusBurst: { status: 503, count: 1e9, method: 'GET' } },
    'origin-redirect': { redirectTo: { status: 307, location: `${elsewhere.endpoint}/` } },
    'origin-doctype': { errorBody: { status: 403, body: LAUGHS } },
    'origin-refuses': { refuseHead: true },
    'origin-cuts': { cutAfter: 20_000 },
    'origin-shifts': { wrongContentRange: true }
  }
  for (const [key, faults] of Object.entries(FAULTS)) put(key, faults)
  const paths = [
    'ok', 'ok?torrent', 'ok?acl', 'ok?torrent&acl', 'ok?torrent&versionId=', 'missing?torrent',
    'ok?response-content-type=a%0Ab'
  ]
  const broken = Object.keys(FAULTS).flatMap((key) => [key, `${key}?torrent`])
  const wrong = { ...ALICE, secretAccessKey: 'a-secret-that-is-wrong' }
  const schemes = ['v4', 'v4-presign', 'v2', 'v2-presign'] as const
  const signed = signWithBotocore([
    ...paths.flatMap((path) => schemes.map((scheme) => ({ scheme, url: on(path), ...ALICE }))),
    ...broken.flatMap((path) => schemes.slice(0, 2).map((scheme) => ({ scheme, url: on(path), ...ALICE }))),
    ...schemes.flatMap((scheme) => [
      { scheme, url: on('ok?torrent'), ...wrong },
      { scheme, url: on('ok?torrent'), ...wrong, accessKeyId: 'AKIANOBODY' },
      { scheme, url: on('ok?torrent'), ...ALICE, date: '2026-01-01T00:00:00', expires: 60 },
      { scheme, url: on('ok?torrent'), ...ALICE, region: 'eu-west-1' },
      {
        scheme,
        url: on(`ok?torrent${scheme.endsWith('presign') ? `&x-amz-security-token=${TOKEN}` : ''}`),
        ...TEMPORARY,
        ...(!scheme.endsWith('presign') && { headers: { 'x-amz-security-token': TOKEN } })
      }
    ])
  ])
  const ids: string[] = []
  const idsOfNoUri: string[] = []
  const statuses = new Set<number>()
  const send = async (url: string, headers: Record<string, string>, method = 'GET', to = ids): Promise<void> => {
    const response = await httpGet(url, { headers, method })
    statuses.add(response.status)
    const id = response.headers['x-amz-request-id']
    if (typeof id === 'string') to.push(id)
  }
  const left = signed.slice()
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { url, headers } = next
      await send(url, headers)
      await send(url, headers, 'HEAD')
      await send(`${url}${url.includes('?') ? '&' : '?'}x=%`, headers)
      await send(url.replace('/bkt/', '/bkt/%zz'), headers, 'GET', idsOfNoUri)
    }
  }))
  const [first, presigned] = signed
  const { authorization = '', Authorization = authorization } = first?.headers ?? {}
  const query = presigned?.url.split('?')[1] ?? ''
  for (const target of [`http://x/bkt/ok?${query}`, `/bkt/ok?${query}`, `/-/seed/x/bkt/ok?${query}`, `/-/x?${query}`]) {
    for (const line of [
      'X-A: b', 'X-A : b', `X-A: ${'a'.repeat(20_000)}`, 'Host: another', 'Transfer-Encoding: chunked, identity'
    ]) {
      await rawRequest(
        server.port,
        `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${Authorization}\r\n${line}\r\nConnection: close\r\n\r\n`
      )
    }
    await rawRequest(
      server.port, `PUT ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${Authorization}\r\nConnection: close\r\n\r\n`
    )
  }
  t.teardown(() => { writeFileSync(credentials, CREDENTIALS) })
  writeFileSync(
    credentials, `[broken]\naws_access_key_id = AKIABROKEN\n[alice]\naws_secret_access_key = ${ALICE.secretAccessKey}\n`
  )
  await send(first?.url ?? '', first?.headers ?? {})
  writeFileSync(credentials, `${ALICE.secretAccessKey}`)
  await send(first?.url ?? '', first?.headers ?? {})
  writeFileSync(credentials, CREDENTIALS)
  for (const { url, headers } of signed.slice(0, 4)) await httpGet(url.replace(server.url, plain.url), { headers })

  const log = server.stderr() + server.stdout() + plain.stderr() + plain.stdout()
  for (const status of [200, 400, 403, 404, 500, 501, 503]) {
    t.ok(statuses.has(status), `${status} was among the answers`)
  }
  t.ok(ids.length >= 3 * signed.length)
  t.same(ids.filter((id) => !log.includes(id)), [], 'every answer is in the log')
  t.equal(idsOfNoUri.length, signed.length)
  t.equal(idsOfNoUri.filter((id) => !log.includes(id)).length, 0, 'and so is the answer to what is no URI')
  t.match(log, `"accessKeyId":"${ALICE.accessKeyId}"`, 'and who asked')
  const signatures = [
    ...signed.flatMap(
      ({ url, headers }) => [...Object.values(headers), url].join(' ').match(
        /(?<=[Ss]ignature=)[^&\s,]+|(?<=^AWS [^:]+:)\S+/gm
      ) ??
        []
    ),
    ...faulty.requests.flatMap(({ headers }) => /Signature=(\w+)/.exec(headers.authorization ?? '')?.[1] ?? [])
  ]
  t.ok(signatures.length > signed.length, `${signatures.length} signatures`)
  const found = (secrets: string[]): string[] => secrets.filter(
    (secret) => log.includes(secret) || log.includes(decodeURIComponent(secret))
  )
  t.same(found(signatures), [], 'no signature')
  t.same(
    found([ALICE.secretAccessKey, wrong.secretAccessKey, TEMPORARY.secretAccessKey, OWN.secretAccessKey]),
    [],
    'no secret'
  )
  t.same(found([TOKEN]), [], 'no token')
  t.notMatch(
    log,
    /X-Amz-|x-amz-(signature|credential|security-token)|AWS4-HMAC|[Ss]ignature=|AWSAccessKeyId=|[Aa]uthorization["']?:/,
    'no presigned query and no header'
  )
})

t.test('a torrent of a body that is too short: the rest is asked for, and what never comes is given up', async (t) => {
  for (const { what, torrent, asked } of SHORT) {
    const response = await asked
    t.equal(outcome(response), torrent, what)
    if (torrent === '200') await rightTorrent(t, response, CONTENT, what)
    if (torrent === '200 broken off') {
      t.ok(response.body.length < Number(response.headers['content-length']), `${what} is short`)
    }
  }
})

t.test('an origin that does not answer is given up', async (t) => {
  for (const { key, response } of await Promise.all(waiting)) {
    t.equal(outcome(response), key === 'silent' ? '503 ServiceUnavailable' : '403 AccessDenied', key)
  }
  await stillAnswers(t, 'waiting')
})
