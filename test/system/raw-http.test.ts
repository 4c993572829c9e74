import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { SeenRequest } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { rawRequest } from '../support/raw-http.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

// The limits of src/http/server.ts, and how often node looks whether they have passed.
const HEADERS_MS = 10_000
const MAX_HEADER_BYTES = 16 * 1024
const IDLE_CONNECTIONS = 1_000
/** So many file descriptors may come and go meanwhile: the connection that was answered last is one for a moment. */
const OTHER_FDS = 5

const dir = t.testdir({
  credentials: credentialsText({ alice: { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' } })
})
const origin = await startFaultyOrigin(t)
origin.put('bkt', 'key', { body: Buffer.from('the content'), public: true })
origin.put('bkt', 'smuggled', { body: Buffer.from('the content'), public: true })
const args = ['--origin', origin.endpoint, '--credentials-file', join(dir, 'credentials')]
const [server, idle] = await Promise.all(
  [startServer(t, { args }), startServer(t, { args: [...args, '--max-connections-per-address', '0'] })]
)

// Of its own, so that what the other tests make the origin see can be told from it.
const SLOW_HEAD = 'GET /bkt/slow HTTP/1.1\r\nHost: x\r\n'
origin.put('bkt', 'slow', { body: Buffer.from('the content'), public: true })

// What takes ten seconds begins here, and is looked at in the last tests.
const slow = {
  headers: slowHeaders(),
  silence: firstAnswer(''),
  half: firstAnswer(SLOW_HEAD),
  second: slowSecond(),
  body: slowBody(),
  connections: idleConnections()
}

const codeOf = ({ body }: { body: Buffer }): string =>
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>(\w+)<\/Code><Message>[^<]+<\/Message>.*<RequestId>[^<]+<\/RequestId>.*<\/Error>$/s.exec(
    body.toString()
  )?.[1] ??
    `no error document: ${body.toString().slice(0, 300)}`
const outcome = (response: { status: number, body: Buffer }): string => response.status < 400
  ? String(response.status)
  : `${response.status} ${codeOf(response)}`

/** What the origin was asked while `during` ran. */
async function asked (during: () => Promise<unknown>): Promise<SeenRequest[]> {
  const before = origin.requests.length
  await during()
  return origin.requests.slice(before).filter(({ url }) => !url.startsWith('/bkt/slow'))
}

async function stillAnswers (t: Test, message: string): Promise<void> {
  const response = await httpGet(`${server.url}/bkt/key`)
  t.equal(`${response.status} ${response.body.toString()}`, '200 the content', `after ${message} the server answers`)
}

interface Exchange { status: number, head: string, body: Buffer, answers: number, closed: boolean }

/** Sends these bytes and reads until the server closes, for five seconds at most. */
async function exchange (bytes: string): Promise<Exchange> {
  const socket = await open(server.port)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  const closed = closedBy(socket).then(() => true)
  socket.write(Buffer.from(bytes, 'latin1'))
  const whether = await Promise.race([closed, sleep(5_000, false, { ref: false })])
  socket.destroy()
  const raw = Buffer.concat(chunks).toString('latin1')
  const [head = '', ...body] = raw.split('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
    head,
    body: Buffer.from(body.join('\r\n\r\n'), 'latin1'),
    answers: raw.split('HTTP/1.1 ').length - 1,
    closed: whether
  }
}

/** Sent, refused with that error document and nothing after it, closed, and never heard of at the origin. */
async function refused (t: Test, message: string, bytes: string, answer: string): Promise<void> {
  const seen = await asked(async () => {
    const response = await exchange(bytes)
    t.equal(outcome(response), answer, message)
    t.equal(response.closed, true, `${message}: closed`)
    t.match(response.head, /^content-type: application\/xml$/im, message)
    t.match(response.head, /^x-amz-request-id: [0-9A-F]{16}\r$/im, message)
    t.equal(response.answers, 1, `${message}: one answer`)
  })
  t.same(seen.map(({ method, url }) => `${method} ${url}`), [], `${message}: nothing reaches the origin`)
  await stillAnswers(t, message)
}

const HEAD = 'GET /bkt/key HTTP/1.1\r\nHost: x\r\n'
const SMUGGLED = 'GET /bkt/smuggled HTTP/1.1\r\nHost: x\r\n\r\n'

t.test('S70: Transfer-Encoding and Content-Length', async (t) => {
  const CASES: Record<string, string> = {
    'TE and CL': `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    'CL and TE': `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    'TE twice': `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    'TE: xchunked': `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    'TE: identity': `${HEAD}Transfer-Encoding: identity\r\n\r\n${SMUGGLED}`,
    'TE: chunked, identity': `${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    'TE with a vertical tab': `${HEAD}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`
  }
  for (const [message, bytes] of Object.entries(CASES)) await refused(t, message, bytes, '400 BadRequest')
})

t.test('S71: a Content-Length that is not one number, once', async (t) => {
  for (const lines of [
    'Content-Length: 5\r\nContent-Length: 6', 'Content-Length: 5\r\nContent-Length: 5', 'Content-Length: 5, 6',
    'Content-Length: 5 6', 'Content-Length: +5', 'Content-Length: -5', 'Content-Length: 0x5',
    'Content-Length: 99999999999999999999', 'Content-Length:'
  ]) {
    await refused(t, lines, `${HEAD}${lines}\r\n\r\nhello${SMUGGLED}`, '400 BadRequest')
  }
})

t.test('S72: spaces where no name has them', async (t) => {
  for (const lines of [
    'Content-Length : 5', 'Transfer-Encoding : chunked', 'X-A : b', ' X-A: b', 'X A: b', ': b', 'X-A', 'X\u00E4: b',
    'X-A\0: b'
  ]) {
    await refused(t, JSON.stringify(lines), `${HEAD}${lines}\r\n\r\n`, '400 BadRequest')
  }
  for (const line of [
    'GET /bkt/k ey HTTP/1.1', 'get /bkt/key HTTP/1.1', ' GET /bkt/key HTTP/1.1', 'GET /bkt/key HTTP/1.2',
    'GET /bkt/key HTTPS/1.1', 'GET /bkt/key HTTP/11'
  ]) {
    await refused(t, JSON.stringify(line), `${line}\r\nHost: x\r\n\r\n`, '400 BadRequest')
  }
})

t.test('S73: bare CR, bare LF, and what no value holds', async (t) => {
  const CASES = [
    `${HEAD}X-A: b\rX-B: c\r\n\r\n`,
    `${HEAD}X-A: b\r\rContent-Length: 5\r\n\r\nhello`,
    'GET /bkt/key HTTP/1.1\rHost: x\r\r',
    'GET /bkt/key HTTP/1.1\nHost: x\n\n',
    `${HEAD}X-A: b\n\r\n`,
    `${HEAD}X-A: b\0c\r\n\r\n`,
    `${HEAD}X-A: b\x01c\r\n\r\n`
  ]
  for (const bytes of CASES) await refused(t, JSON.stringify(bytes), bytes, '400 BadRequest')
})

t.test('S74: obs-fold', async (t) => {
  for (const lines of [
    'X-A: b\r\n c', 'X-A: b\r\n\tc', 'Transfer-Encoding:\r\n chunked', 'Authorization: AWS\r\n a:b'
  ]) {
    await refused(t, JSON.stringify(lines), `${HEAD}${lines}\r\n\r\n`, '400 BadRequest')
  }
})

t.test('S75: chunks that never end', async (t) => {
  const chunked = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`
  const CASES: Record<string, string> = {
    'a chunk extension of 1 MB': `${chunked}1;${'a'.repeat(1 << 20)}\r\nx\r\n0\r\n\r\n${SMUGGLED}`,
    'a chunk size of 1 MB': `${chunked}${'0'.repeat(1 << 20)}\r\n\r\n${SMUGGLED}`,
    'a negative chunk size': `${chunked}-1\r\nx\r\n0\r\n\r\n${SMUGGLED}`,
    'a chunk longer than it says': `${chunked}1\r\nxGET /bkt/smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
    'a trailer of 1 MB': `${chunked}0\r\nX-A: ${'a'.repeat(1 << 20)}\r\n\r\n${SMUGGLED}`,
    'a whole body, which is still not read': `${chunked}1\r\nx\r\n0\r\n\r\n`
  }
  for (const [message, bytes] of Object.entries(CASES)) {
    // The head before it is a request, and may have been asked for or answered by the time its body turns out bad.
    const seen = await asked(async () => {
      const response = await exchange(bytes)
      t.equal(response.closed, true, `${message}: closed`)
      t.match(
        response.status === 0 ? '0' : outcome(response),
        /^(0|200|400 BadRequest|431 RequestHeaderSectionTooLarge)$/,
        message
      )
      t.ok(response.answers <= 1, `${message}: one answer at most`)
    })
    t.notMatch(seen.map(({ url }) => url).join(), 'smuggled', `${message}: nothing is smuggled`)
    await stillAnswers(t, message)
  }
})

t.test('S76: heads of more than 16 KiB', async (t) => {
  const CASES: Record<string, string> = {
    'one long header': `${HEAD}X-A: ${'a'.repeat(MAX_HEADER_BYTES)}\r\n\r\n`,
    'a long name': `${HEAD}${'a'.repeat(MAX_HEADER_BYTES)}: b\r\n\r\n`,
    'many headers': `${HEAD}${'X-A: bcdefghi\r\n'.repeat(1500)}\r\n`,
    'a long target': `GET /bkt/${'k'.repeat(MAX_HEADER_BYTES)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    '10,000 query parameters': `GET /bkt/key?torrent${'&a'.repeat(10_000)} HTTP/1.1\r\nHost: x\r\n\r\n`
  }
  for (const [message, bytes] of Object.entries(CASES)) {
    await refused(t, message, bytes, '431 RequestHeaderSectionTooLarge')
  }
  // Whoever still writes when the server closes may not come to read why.
  const megabyte = await exchange(`${HEAD}X-A: ${'a'.repeat(1 << 20)}\r\n\r\n`)
  t.equal(megabyte.closed, true)
  t.match(megabyte.status, /^(0|431)$/)
  await stillAnswers(t, '1 MB')
  const fits = await rawRequest(
    server.port, `${HEAD}X-A: ${'a'.repeat(MAX_HEADER_BYTES - 200)}\r\nConnection: close\r\n\r\n`
  )
  t.equal(outcome(fits), '200', 'and a little less is a request')
})

t.test('S76: no header is lost among many', async (t) => {
  for (const count of [100, 900]) {
    const filling = 'a:\r\n'.repeat(count)
    const last = async (line: string): Promise<string> => outcome(
      await rawRequest(server.port, `${HEAD}Connection: close\r\n${filling}${line}\r\n\r\n`)
    )
    t.equal(await last('X-A: b'), '200', `after ${count}`)
    t.equal(await last('Authorization: AWS nobody:AAAA'), '403 AccessDenied', `Authorization after ${count}`)
    t.equal(await last('x-amz-expected-bucket-owner: 444455556666'), '403 AccessDenied', `a condition after ${count}`)
    t.equal(await last('Host: y'), '400 BadRequest', `a second Host after ${count}`)
  }
  for (const count of [1_001, 15_000]) {
    await refused(
      t, `${count} of one letter`, `${HEAD}${'a:\r\n'.repeat(count)}\r\n`, '431 RequestHeaderSectionTooLarge'
    )
  }
})

t.test('S57: one Host, and a target that starts with a slash', async (t) => {
  const CASES: Record<string, string> = {
    'absolute-form': 'GET http://127.0.0.1/bkt/key HTTP/1.1\r\nHost: x\r\n\r\n',
    'absolute-form of another': 'GET http://evil.example/bkt/key HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    'absolute-form of another scheme': 'GET file:///etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
    '*': 'GET * HTTP/1.1\r\nHost: x\r\n\r\n',
    'an empty Host': 'GET /bkt/key HTTP/1.1\r\nHost:\r\n\r\n',
    'a Host of spaces': 'GET /bkt/key HTTP/1.1\r\nHost:   \r\n\r\n',
    'two Hosts': 'GET /bkt/key HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'one Host twice': 'GET /bkt/key HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n',
    'no Host': 'GET /bkt/key HTTP/1.1\r\n\r\n',
    'no Host in HTTP/1.0': 'GET /bkt/key HTTP/1.0\r\n\r\n',
    'HTTP/0.9': 'GET /bkt/key\r\n\r\n',
    'no Host for a torrent': 'GET /bkt/key?torrent HTTP/1.1\r\n\r\n'
  }
  for (const [message, bytes] of Object.entries(CASES)) await refused(t, message, bytes, '400 BadRequest')
  t.equal(
    (await rawRequest(server.port, 'HEAD http://x/bkt/key HTTP/1.1\r\nHost: x\r\n\r\n')).status,
    400,
    'absolute-form by HEAD'
  )
  const asterisk = await rawRequest(server.port, 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n')
  t.equal(outcome(asterisk), '405 MethodNotAllowed', 'OPTIONS * is no method of this server')
  t.equal(outcome(await rawRequest(server.port, `${HEAD}Connection: close\r\n\r\n`)), '200', 'and one Host is right')
})

t.test('garbage', async (t) => {
  const CASES: Record<string, string> = {
    TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    SSH: 'SSH-2.0-OpenSSH_9.2\r\n',
    words: 'hello world\r\n\r\n',
    zeros: '\0'.repeat(1000),
    'a response': 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    BitTorrent: '\x13BitTorrent protocol\0\0\0\0\0\0\0\0',
    'no method that is known': 'BREW /bkt/key HTTP/1.1\r\nHost: x\r\n\r\n'
  }
  for (const [message, bytes] of Object.entries(CASES)) await refused(t, message, bytes, '400 BadRequest')
  const seen = await asked(async () => {
    t.equal(
      (await rawRequest(server.port, 'CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n')).closed,
      true,
      'CONNECT opens nothing'
    )
    const upgrade = await rawRequest(
      server.port,
      `${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n` +
      'Sec-WebSocket-Version: 13\r\n\r\n'
    )
    t.equal(upgrade.status, 200, 'an Upgrade is not made')
  })
  t.ok(seen.every(({ url }) => url.startsWith('/bkt/key')))
  await stillAnswers(t, 'CONNECT')
})

t.test('HTTP/1.0 has the length and the end of the connection', async (t) => {
  const response = await rawRequest(server.port, 'GET /bkt/key?torrent HTTP/1.0\r\nHost: x\r\n\r\n')
  t.equal(response.status, 200)
  t.equal(response.closed, true)
  t.same(response.headers['content-length'], [String(response.body.length)])
  t.equal(response.headers['transfer-encoding'], undefined)
  const missing = await rawRequest(server.port, 'GET /bkt/missing HTTP/1.0\r\nHost: x\r\n\r\n')
  t.equal(outcome(missing), '403 AccessDenied')
  t.equal(missing.closed, true)
})

t.test('pipelined requests are answered in their order', async (t) => {
  const paths = ['/bkt/key', '/bkt/missing', '/bkt/key?torrent', '/-/x', '/bkt/key']
  const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('')
  const { head, body, closed } = await exchange(
    `${requests}PUT /bkt/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  )
  t.same(
    [...`${head}\r\n\r\n${body.toString('latin1')}`.matchAll(
      /^HTTP\/1\.1 (\d+)|(?<=\n|the content|\/Error>|ee)HTTP\/1\.1 (\d+)/gm
    )].map(
      ([, first, next]) => first ?? next
    ),
    ['200', '403', '200', '404', '200', '405']
  )
  t.equal(closed, true)
  const bad = await rawRequest(server.port, `${HEAD}\r\n${HEAD}Content-Length : 5\r\n\r\nhello${SMUGGLED}`)
  t.equal(bad.closed, true, 'a bad one after a good one ends it')
  t.notMatch(bad.raw.toString('latin1'), /smuggled/)
  t.notMatch(origin.requests.map(({ url }) => url).join(), 'smuggled', 'and none of what follows it was ever asked')
  await stillAnswers(t, 'a pipeline')
})

interface Closed { byServer: boolean, answer: string }

async function open (port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

// Not once() of node:events, which rejects when the server resets the connection.
function closedBy (socket: Socket): Promise<void> {
  return new Promise((resolve) => { socket.once('close', () => { resolve() }) })
}

/** What comes until the server closes; after a minute and a half nobody waits any longer. */
async function closing (socket: Socket): Promise<Closed> {
  let answer = ''
  socket.on('data', (chunk: Buffer) => { answer += chunk.toString('latin1') })
  const byServer = await Promise.race([
    closedBy(socket).then(() => true), sleep(9 * HEADERS_MS, false, { ref: false })
  ])
  socket.destroy()
  return { byServer, answer }
}

/** Sends a byte every half second for as long as the server lets it. */
async function drip (socket: Socket, bytes: string): Promise<void> {
  for (const byte of bytes) {
    if (socket.destroyed || !socket.writable) return
    socket.write(byte)
    await sleep(500, undefined, { ref: false })
  }
}

async function slowHeaders (): Promise<Closed> {
  const socket = await open(server.port)
  const closed = closing(socket)
  await drip(socket, `${SLOW_HEAD}X-A: ${'a'.repeat(1000)}`)
  return closed
}

async function firstAnswer (bytes: string): Promise<Closed> {
  const socket = await open(server.port)
  socket.write(bytes)
  return closing(socket)
}

/** A whole request, and then the head of another that never ends. */
async function slowSecond (): Promise<Closed> {
  const socket = await open(server.port)
  const closed = closing(socket)
  socket.write(`${SLOW_HEAD}\r\n`)
  await sleep(500)
  await drip(socket, `${SLOW_HEAD}X-A: ${'a'.repeat(1000)}`)
  return closed
}

async function slowBody (): Promise<Closed[]> {
  return Promise.all(['GET', 'PUT'].map(async (method) => {
    const socket = await open(server.port)
    const closed = closing(socket)
    socket.write(`${method} /bkt/slow?torrent HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`)
    await drip(socket, 'a'.repeat(1000))
    return closed
  }))
}

const fds = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

async function idleConnections (): Promise<{
  baseline: number
  open: number
  answered: number
  after: number
}> {
  await httpGet(`${idle.url}/bkt/slow`)
  const baseline = fds(idle.pid)
  const sockets: Socket[] = []
  for (let i = 0; i < IDLE_CONNECTIONS; i += 100) {
    sockets.push(...await Promise.all(Array.from({ length: 100 }, () => open(idle.port))))
  }
  const count = { answered: 0 }
  const ended = Promise.all(sockets.map(closedBy))
  for (const socket of sockets) {
    socket.once('data', () => { count.answered++ }).write('HEAD /-/x HTTP/1.1\r\nHost: x\r\n\r\n')
  }
  await until('all are answered', () => count.answered === IDLE_CONNECTIONS)
  const opened = fds(idle.pid)
  let closed = false
  ended.then(() => { closed = true }, () => {})
  await until('all are closed', () => closed, 90_000).finally(() => { for (const socket of sockets) socket.destroy() })
  await until('nothing of them is left', () => fds(idle.pid) <= baseline + OTHER_FDS)
  return { baseline, open: opened, answered: count.answered, after: fds(idle.pid) }
}

t.test('S77: a head that does not end is given ten seconds', async (t) => {
  for (const [message, closed] of [
    ['a byte every half second', slow.headers], ['half a head', slow.half], ['not a byte', slow.silence]
  ] as const) {
    const { byServer, answer } = await closed
    t.ok(byServer, `${message}: closed`)
    t.match(answer, /^HTTP\/1\.1 408 /, message)
    t.equal(codeOf({ body: Buffer.from(answer.split('\r\n\r\n')[1] ?? '') }), 'RequestTimeout', message)
  }
  const { byServer, answer } = await slow.second
  t.ok(byServer, 'a second head on the same connection: closed')
  t.match(answer, /^HTTP\/1\.1 200 [\s\S]*the content/, 'the first was answered')
  await stillAnswers(t, 'slow heads')
})

t.test('S77: nobody waits for a body', async (t) => {
  const [get, put] = await slow.body
  t.match(get?.answer, /^HTTP\/1\.1 200 /)
  t.match(put?.answer, /^HTTP\/1\.1 405 /)
  t.same([get?.byServer, put?.byServer], [true, true], 'both are closed')
})

t.test('S78: a thousand idle connections are closed, and nothing of them is left', async (t) => {
  const { baseline, open, answered, after } = await slow.connections
  t.equal(answered, IDLE_CONNECTIONS)
  t.ok(open >= baseline - OTHER_FDS + IDLE_CONNECTIONS, `${open} file descriptors while they are open`)
  t.ok(Math.abs(after - baseline) <= OTHER_FDS, `${baseline} file descriptors before, ${after} after`)
  t.equal((await httpGet(`${idle.url}/bkt/key`)).status, 200)
})

t.test('S76: as many query parameters as fit are refused at once, signed or not; a thousand are answered',
  async (t) => {
    const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
    const presigned =
    `&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAALICE/${now.slice(0, 8)}/us-east-1/s3/aws4_request&` +
    `X-Amz-Date=${now}&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=${'0'.repeat(64)}`
    const presignedV2 = '&AWSAccessKeyId=AKIAALICE&Expires=99999999999&Signature=AAAA'
    const FILLINGS: Record<string, (count: number) => string> = {
      'one name': (count) => '&a'.repeat(count),
      'many names': (count) => Array.from({ length: count }, (_, i) => `&${i.toString(36)}`).join(''),
      empty: (count) => '&'.repeat(count),
      'x-amz-': (count) => '&x-amz-a'.repeat(count),
      torrent: (count) => '&torrent'.repeat(count),
      'response-': (count) => '&response-'.repeat(count)
    }
    const measured = async (query: string, answer: string, message: string): Promise<void> => {
      const response = await rawRequest(
        server.port,
      `GET /bkt/key?torrent${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      { timeoutMs: 20_000 }
      )
      t.equal(outcome(response), answer, message)
    }
    for (const [name, filling] of Object.entries(FILLINGS)) {
      for (const [count, unsigned, signed] of [
        [990, '200', '403 SignatureDoesNotMatch'],
        [1_000, '400 InvalidURI', '400 InvalidURI'],
        [1_500, '400 InvalidURI', '400 InvalidURI']
      ] as const) {
        await measured(filling(count), unsigned, `${name}, ${count}, unsigned`)
        await measured(presigned + filling(count), signed, `${name}, ${count}, presigned`)
        await measured(presignedV2 + filling(count), signed, `${name}, ${count}, presigned by version 2`)
      }
    }
  })
