import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import type { RangeRequest } from '../../../src/objects/worker-read.js'
import type { ByteSink } from '../../../src/objects/byte-sink.js'
import { RangeConnection } from '../../../src/objects/transport/range-connection.js'
import { failedAs } from '../../../src/objects/worker-read.js'
import { contentAt } from '../../support/content.js'
import { keepingSink } from '../../support/keeping-sink.js'
import { selfSigned } from '../../support/self-signed.js'
import { until } from '../../support/until.js'

const ETAG = '"5d41402abc4b2a76b9719d911017c592"'
const SIZE = 5_000_000
const FIRST = 1_000
const LENGTH = 300

type Handler = (socket: Socket, head: string, nth: number) => unknown

/** A server on loopback that hands every request, until its empty line, to `handle`. */
async function serve (t: Test, handle: Handler, server: Server = createServer()): Promise<{
  port: number
  connections: () => number
}> {
  const sockets: Socket[] = []
  let nth = 0
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.push(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    let head = ''
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1')
      for (let end = head.indexOf('\r\n\r\n'); end >= 0; end = head.indexOf('\r\n\r\n')) {
        const request = head.slice(0, end)
        head = head.slice(end + 4)
        handle(socket, request, nth++)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => sockets.length }
}

const requestOf = (port: number, first = FIRST, length = LENGTH, tls = false): RangeRequest => ({
  host: '127.0.0.1',
  port,
  tls,
  path: '/bucket/a%20key?versionId=1',
  headers: { host: `127.0.0.1:${port}`, range: `bytes=${first}-${first + length - 1}`, 'if-match': ETAG },
  etag: ETAG,
  first,
  last: first + length - 1,
  size: SIZE
})

interface AnswerParts {
  status?: string
  /** Instead of the right ones, or, undefined, left out. */
  headers?: Record<string, string | undefined>
  /** Lines of the head, added as they are. */
  more?: string
}

/** The right answer, but for what is given. */
function headOf (
  { status = 'HTTP/1.1 206 Partial Content', headers = {}, more = '' }: AnswerParts = {}, first = FIRST, length = LENGTH
): string {
  const right = {
    'Content-Range': `bytes ${first}-${first + length - 1}/${SIZE}`,
    'Content-Length': String(length),
    ETag: ETAG,
    Date: 'Thu, 01 Jan 2026 00:00:00 GMT'
  }
  const lines = Object.entries({ ...right, ...headers }).filter(([, value]) => value !== undefined).map(
    ([name, value]) => `${name}: ${value}\r\n`
  )
  return `${status}\r\n${lines.join('')}${more}\r\n`
}

const bodyOf = (first = FIRST, length = LENGTH): Buffer => contentAt(1, first, length)
const messageOf = (parts: AnswerParts = {}, first = FIRST, length = LENGTH): Buffer => Buffer.concat(
  [Buffer.from(headOf(parts, first, length), 'latin1'), bodyOf(first, length)]
)

const BUFFER_BYTES = 512 * 1024

const connectionFor = (
  request: RangeRequest, options: Partial<ConstructorParameters<typeof RangeConnection>[1]> = {}
): RangeConnection => new RangeConnection(request, { buffer: Buffer.alloc(BUFFER_BYTES), ...options })

async function pour (connection: RangeConnection, request: RangeRequest, sink: ByteSink): Promise<void> {
  await connection.open(request)
  await connection.pour(sink)
}

/** Every byte that was handed over, and how it ended. */
async function readAll (connection: RangeConnection, request: RangeRequest): Promise<{
  bytes: Buffer
  error: unknown
}> {
  const sink = keepingSink()
  const error: unknown = await pour(connection, request, sink).then(() => undefined, (error: unknown) => error)
  return { bytes: sink.all(), error }
}

async function readOnce (port: number, request = requestOf(port), stallMs?: number): Promise<{
  bytes: Buffer
  error: unknown
  connection: RangeConnection
}> {
  const connection = connectionFor(request, stallMs === undefined ? {} : { stallMs })
  return { ...await readAll(connection, request), connection }
}

async function unusable (connection: RangeConnection): Promise<boolean> {
  await until('the connection is unusable', () => !connection.usable)
  return true
}

async function writeInParts (socket: Socket, parts: readonly Buffer[]): Promise<void> {
  for (const part of parts) {
    if (part.length > 0) socket.write(part)
    await turn()
    await turn()
  }
}

const cut = (bytes: Buffer, size: number): Buffer[] => Array.from(
  { length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size)
)

t.test('the request, as it is sent', async (t) => {
  let seen = ''
  const { port } = await serve(t, (socket, head) => {
    seen = head
    socket.write(messageOf())
  })
  const { connection } = await readOnce(port)
  t.same(seen.split('\r\n'), [
    'GET /bucket/a%20key?versionId=1 HTTP/1.1', `host: 127.0.0.1:${port}`, 'range: bytes=1000-1299', `if-match: ${ETAG}`
  ])
  connection.close()
})

t.test('the right answer, in any split of its bytes, on one connection', async (t) => {
  const message = messageOf()
  const head = headOf().length
  const SPLITS: Array<[name: string, parts: Buffer[]]> = [
    ['at once', [message]],
    ['head, body', [message.subarray(0, head), message.subarray(head)]],
    ['head byte by byte, body at once', [...cut(message.subarray(0, head), 1), message.subarray(head)]],
    ['head at once, body byte by byte', [message.subarray(0, head), ...cut(message.subarray(head), 1)]],
    ['byte by byte', cut(message, 1)],
    ['in threes', cut(message, 3)],
    ...Array.from(
      { length: message.length - 1 },
      (_, at): [string, Buffer[]] => [`cut at ${at + 1}`, [message.subarray(0, at + 1), message.subarray(at + 1)]]
    )
  ]
  const { port, connections } = await serve(t, (socket, _, nth) => writeInParts(socket, SPLITS[nth]?.[1] ?? []))
  const connection = connectionFor(requestOf(port))
  for (const [name] of SPLITS) {
    const { bytes, error } = await readAll(connection, requestOf(port))
    if (error !== undefined || !bytes.equals(bodyOf())) t.fail(name, { error })
  }
  t.ok(connection.usable)
  t.equal(connections(), 1)
  connection.close()
  t.notOk(connection.usable)
})

t.test('one byte, and more than the buffer holds', async (t) => {
  const RANGES = [
    [0, 1], [SIZE - 1, 1], [0, SIZE], [512 * 1024 - 3, 2 * 512 * 1024], [0, 512 * 1024], [7, 512 * 1024 + 1]
  ] as const
  const { port, connections } = await serve(t, (socket, _, nth) => {
    socket.write(messageOf({}, ...RANGES[nth] ?? []))
  })
  const connection = connectionFor(requestOf(port))
  for (const [first, length] of RANGES) {
    const { bytes, error } = await readAll(connection, requestOf(port, first, length))
    t.equal(error, undefined)
    t.ok(bytes.equals(bodyOf(first, length)), `${length} bytes from ${first}`)
  }
  t.equal(connections(), 1)
  connection.close()
})

t.test('answers that are right, though written in another way', async (t) => {
  const RIGHT: Array<[name: string, parts: AnswerParts]> = [
    ['names in capitals', {
      headers: { ETag: undefined, 'Content-Length': undefined }, more: `ETAG: ${ETAG}\r\nCONTENT-LENGTH: ${LENGTH}\r\n`
    }],
    ['no space after the colon', { headers: { ETag: undefined }, more: `etag:${ETAG}\r\n` }],
    ['spaces around the value', { headers: { ETag: undefined }, more: `ETag: \t ${ETAG} \t \r\n` }],
    ['no reason phrase', { status: 'HTTP/1.1 206' }],
    ['an empty reason phrase', { status: 'HTTP/1.1 206 ' }],
    ['another reason phrase', { status: 'HTTP/1.1 206 Fine: 200 OK' }],
    ['a header twice that may be', { more: 'Vary: Objects\r\nVary: Accept\r\n' }],
    ['identity', { headers: { 'Content-Encoding': 'identity' } }],
    ['the ETag without quotes', { headers: { ETag: ETAG.replaceAll('"', '') } }],
    ['keep-alive', { headers: { Connection: 'keep-alive' } }],
    ['a head of 10 KiB', { headers: { 'x-amz-meta-a': 'a'.repeat(10 * 1024) } }],
    ['latin1', { headers: { 'x-amz-meta-a': 'caf\u00e9' } }]
  ]
  const { port, connections } = await serve(t, (socket, _, nth) => { socket.write(messageOf(RIGHT[nth]?.[1])) })
  const connection = connectionFor(requestOf(port))
  for (const [name] of RIGHT) {
    const { bytes, error } = await readAll(connection, requestOf(port))
    t.equal(error, undefined, name)
    t.ok(bytes.equals(bodyOf()), name)
  }
  t.equal(connections(), 1)
  connection.close()
})

t.test('a connection that the origin does not keep is not used again', async (t) => {
  const CLOSING: Array<[name: string, parts: AnswerParts]> = [
    ['Connection: close', { headers: { Connection: 'close' } }],
    ['connection: Close', { headers: { connection: 'Close' } }],
    ['HTTP/1.0', { status: 'HTTP/1.0 206 Partial Content' }]
  ]
  for (const [name, parts] of CLOSING) {
    for (const ends of [true, false]) {
      const { port } = await serve(t, (socket) => { socket[ends ? 'end' : 'write'](messageOf(parts)) })
      const { bytes, error, connection } = await readOnce(port)
      t.equal(error, undefined, name)
      t.ok(bytes.equals(bodyOf()), name)
      t.notOk(connection.usable, name)
      t.ok(failedAs((await readAll(connection, requestOf(port))).error, 'broken'), `${name}: nothing is asked on it`)
    }
  }
  const { port } = await serve(t, (socket) => { socket.end(messageOf()) })
  const { bytes, error, connection } = await readOnce(port)
  t.equal(error, undefined, 'and one that closes unannounced')
  t.ok(bytes.equals(bodyOf()))
  t.ok(await unusable(connection))
})

t.test('bytes that nobody asked for', async (t) => {
  const { port } = await serve(t, async (socket) => {
    socket.write(messageOf())
    await sleep(50)
    socket.write('HTTP/1.1 206 Partial Content\r\n')
  })
  const { error, connection } = await readOnce(port)
  t.equal(error, undefined)
  t.ok(await unusable(connection), 'sent while it is idle, they make it unusable')
  t.ok(failedAs((await readAll(connection, requestOf(port))).error, 'broken'))
})

const redirect = { headers: { Location: 'http://127.0.0.1:1/' } }
const REFUSED: Array<[name: string, message: AnswerParts | string]> = [
  ['200', { status: 'HTTP/1.1 200 OK' }],
  ['200 without Content-Range', { status: 'HTTP/1.1 200 OK', headers: { 'Content-Range': undefined } }],
  ['100', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['301', { status: 'HTTP/1.1 301 Moved Permanently', ...redirect }],
  ['307', { status: 'HTTP/1.1 307 Temporary Redirect', ...redirect }],
  ['403', { status: 'HTTP/1.1 403 Forbidden' }],
  ['404', { status: 'HTTP/1.1 404 Not Found' }],
  ['412', { status: 'HTTP/1.1 412 Precondition Failed' }],
  ['416', { status: 'HTTP/1.1 416 Range Not Satisfiable' }],
  ['2060', { status: 'HTTP/1.1 2060 Partial Content' }],
  ['206 of HTTP/2', { status: 'HTTP/2 206 Partial Content' }],
  ['206 of HTTP/1.2', { status: 'HTTP/1.2 206 Partial Content' }],
  ['a Content-Range that is off by one', {
    headers: { 'Content-Range': `bytes ${FIRST + 1}-${FIRST + LENGTH}/${SIZE}` }
  }],
  ['a Content-Range of another size', {
    headers: { 'Content-Range': `bytes ${FIRST}-${FIRST + LENGTH - 1}/${SIZE + 1}` }
  }],
  ['a Content-Range of unknown size', { headers: { 'Content-Range': `bytes ${FIRST}-${FIRST + LENGTH - 1}/*` } }],
  ['no Content-Range', { headers: { 'Content-Range': undefined } }],
  ['two Content-Ranges', { more: `content-range: bytes ${FIRST}-${FIRST + LENGTH - 1}/${SIZE}\r\n` }],
  ['multipart/byteranges', {
    headers: { 'Content-Type': 'multipart/byteranges; boundary=a', 'Content-Range': undefined }
  }],
  ['a Content-Length that is too short', { headers: { 'Content-Length': String(LENGTH - 1) } }],
  ['a Content-Length that is too long', { headers: { 'Content-Length': String(LENGTH + 1) } }],
  ['a Content-Length that is no number', { headers: { 'Content-Length': `${LENGTH}, ${LENGTH}` } }],
  ['no Content-Length', { headers: { 'Content-Length': undefined } }],
  ['two Content-Lengths', { more: `content-length: ${LENGTH}\r\n` }],
  ['two Content-Lengths that differ, the right one last', {
    headers: { 'Content-Length': undefined }, more: `Content-Length: 5\r\nContent-Length: ${LENGTH}\r\n`
  }],
  ['another ETag', { headers: { ETag: '"another"' } }],
  ['the ETag, weak', { headers: { ETag: `W/${ETAG}` } }],
  ['no ETag', { headers: { ETag: undefined } }],
  ['chunked', { headers: { 'Transfer-Encoding': 'chunked', 'Content-Length': undefined } }],
  ['chunked and Content-Length', { headers: { 'Transfer-Encoding': 'chunked' } }],
  ['a coding that the object does not have', { headers: { 'Content-Encoding': 'gzip' } }],
  ['gzip and identity', { more: 'Content-Encoding: gzip\r\nContent-Encoding: identity\r\n' }],
  ['chunked and identity', { more: 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n' }],
  ['an unknown coding', { headers: { 'Content-Encoding': 'aws-chunked' } }],
  ['two ETags that differ, the right one last', {
    headers: { ETag: undefined }, more: `ETag: "another"\r\nETag: ${ETAG}\r\n`
  }],
  ['a line without colon', { more: 'nonsense\r\n' }],
  ['a line without name', { more: ': nonsense\r\n' }],
  ['a head over 16 KiB', { headers: { 'x-amz-meta-a': 'a'.repeat(16 * 1024) } }],
  ['a head of 1 MiB', { headers: { 'x-amz-meta-a': 'a'.repeat(1 << 20) } }],
  ['a head that never ends', `HTTP/1.1 206 Partial Content\r\n${'a: b\r\n'.repeat(4_000)}`],
  ['garbage', 'garbage\r\n\r\n'],
  ['an empty head', '\r\n\r\n'],
  ['another protocol', `SSH-2.0-OpenSSH_9.2\r\n${'\0'.repeat(20_000)}`]
]

for (const status of ['429 Too Many Requests', '500 Internal Server Error', '503 Slow Down']) {
  t.test(`busy: ${status}`, async (t) => {
    const { port } = await serve(t, (socket) => { socket.write(messageOf({ status: `HTTP/1.1 ${status}` })) })
    const { bytes, error, connection } = await readOnce(port)
    t.ok(failedAs(error, 'busy'), String(error))
    t.equal(bytes.length, 0, 'not a byte of it counts')
    t.notOk(connection.usable)
  })
}

for (const [name, message] of REFUSED) {
  t.test(`not understood: ${name}`, async (t) => {
    const { port } = await serve(t, (socket) => {
      socket.write(typeof message === 'string' ? message : messageOf(message))
    })
    const { bytes, error, connection } = await readOnce(port)
    t.ok(failedAs(error, 'unexpected'), String(error))
    t.equal(bytes.length, 0, 'not a byte of it counts')
    t.notOk(connection.usable)
    t.ok(failedAs((await readAll(connection, requestOf(port))).error, 'broken'))
  })
}

t.test('not understood: more bytes than announced', async (t) => {
  for (const more of ['a', 'HTTP/1.1 206 Partial Content\r\n\r\n']) {
    const { port } = await serve(t, (socket) => { socket.write(Buffer.concat([messageOf(), Buffer.from(more)])) })
    const { bytes, error, connection } = await readOnce(port)
    t.ok(failedAs(error, 'unexpected') || (error === undefined && bytes.equals(bodyOf())), String(error))
    t.ok(await unusable(connection))
  }
})

t.test("a coding is right where it is the object's own: ranges are of what is stored", async (t) => {
  for (const contentEncoding of ['gzip', 'aws-chunked']) {
    const { port } = await serve(t, (socket) => {
      socket.write(messageOf({ headers: { 'Content-Encoding': contentEncoding } }))
    })
    const { bytes, error, connection } = await readOnce(port, { ...requestOf(port), contentEncoding })
    t.equal(error, undefined)
    t.ok(bytes.equals(bodyOf()))
    connection.close()
    const { error: another } = await readOnce(port, { ...requestOf(port), contentEncoding: 'br' })
    t.ok(failedAs(another, 'unexpected'))
    const { port: plain } = await serve(t, (socket) => { socket.write(messageOf()) })
    const { error: none, connection: open } = await readOnce(plain, { ...requestOf(plain), contentEncoding })
    t.ok(failedAs(none, 'unexpected'), 'and none is another one')
    open.close()
  }
})

t.test('an error of the caller closes the connection, and is handed on', async (t) => {
  const { port } = await serve(t, (socket) => { socket.write(messageOf()) })
  const connection = connectionFor(requestOf(port))
  const error = new RangeError('no more')
  await t.rejects(pour(connection, requestOf(port), {
    room: () => undefined, take: () => { throw error }
  }), error)
  t.notOk(connection.usable)
})

t.test('a sink with room of its own gets the bytes there, whatever comes with the head', async (t) => {
  const { port } = await serve(t, (socket) => {
    const message = messageOf({}, 0, SIZE)
    socket.write(message.subarray(0, 40_000), () => socket.write(message.subarray(40_000)))
  })
  const connection = connectionFor(requestOf(port), { buffer: Buffer.alloc(16 * 1024) })
  for (const roomBytes of [1 << 20, 100_000, 1_000]) {
    const all = Buffer.alloc(SIZE)
    let at = 0
    await pour(connection, requestOf(port, 0, SIZE), {
      room: () => all.subarray(at, at + roomBytes),
      take: (bytes) => {
        if (bytes.buffer !== all.buffer || bytes.byteOffset !== all.byteOffset + at) throw new Error('elsewhere')
        at += bytes.length
        return undefined
      }
    })
    t.ok(all.equals(bodyOf(0, SIZE)), `${roomBytes} at a time`)
  }
  t.ok(connection.usable)
  connection.close()
})

t.test('nothing is read while a sink takes what came', async (t) => {
  let sent = 0
  const { port } = await serve(t, (socket) => {
    const message = messageOf({}, 0, SIZE)
    const write = (at: number): void => {
      if (at >= message.length) return
      sent = at
      socket.write(message.subarray(at, at + 50_000), () => write(at + 50_000))
    }
    write(0)
  })
  for (const room of [undefined, Buffer.alloc(64 * 1024)]) {
    const connection = connectionFor(requestOf(port), { buffer: Buffer.alloc(64 * 1024), stallMs: 400 })
    const chunks: Buffer[] = []
    let taking = 0
    let go: () => void = () => {}
    const reading = pour(connection, requestOf(port, 0, SIZE), {
      room: () => room,
      take: async (bytes) => {
        if (++taking !== 1) throw new Error('it was given more')
        if (chunks.length === 0) await new Promise<void>((resolve) => { go = resolve })
        chunks.push(Buffer.from(bytes))
        taking--
      }
    })
    await until('the first bytes', () => taking === 1)
    await sleep(700) // longer than the origin may be silent
    t.equal(chunks.length, 0)
    go()
    await reading
    t.ok(Buffer.concat(chunks).equals(bodyOf(0, SIZE)))
    t.ok(connection.usable)
    connection.close()
  }
  t.ok(sent > 0)
})

t.test('a sink that has taken much gets larger buffers, whether it takes its time or not', async (t) => {
  const size = 20_000_000
  const { port } = await serve(t, (socket) => {
    socket.write(`HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-${size - 1}/${size}\r\n` +
      `Content-Length: ${size}\r\nETag: ${ETAG}\r\n\r\n`)
    socket.write(contentAt(1, 0, size))
  })
  const request = { ...requestOf(port, 0, size), size }
  for (const waits of [false, true]) {
    const connection = connectionFor(request, { buffer: Buffer.alloc(64 * 1024) })
    let largest = 0
    await pour(connection, request, {
      room: () => undefined,
      take: (bytes) => {
        largest = Math.max(largest, bytes.length)
        return waits ? turn() : undefined
      }
    })
    t.ok(largest > 64 * 1024, `${largest} bytes`)
    connection.close()
  }
})

t.test('a head whose body nobody wants yet', async (t) => {
  const { port } = await serve(t, (socket) => { socket.write(messageOf()) })
  const connection = connectionFor(requestOf(port), { stallMs: 200 })
  await connection.open(requestOf(port))
  await sleep(400)
  t.ok(connection.usable, 'that is no silence of the origin')
  const got: Buffer[] = []
  await connection.pour({
    room: () => undefined,
    take: async (bytes) => { got.push(Buffer.from(bytes)) }
  })
  t.ok(Buffer.concat(got).equals(bodyOf()))
  t.ok((await readAll(connection, requestOf(port))).bytes.equals(bodyOf()), 'and it is used again')
  connection.close()
})

t.test('a sink that fails later closes the connection, and what it threw is handed on', async (t) => {
  const { port } = await serve(t, (socket) => { socket.write(messageOf({}, 0, SIZE)) })
  const connection = connectionFor(requestOf(port))
  const error = new RangeError('no more')
  await t.rejects(pour(connection, requestOf(port, 0, SIZE), {
    room: () => undefined, take: () => Promise.reject(error)
  }), error)
  t.notOk(connection.usable)
})

const BREAKING: Array<[name: string, handle: (socket: Socket) => void]> = [
  ['closed before the head', (socket) => { socket.end() }],
  ['destroyed before the head', (socket) => { socket.destroy() }],
  ['reset before the head', (socket) => { socket.resetAndDestroy() }],
  ['closed in the status line', (socket) => { socket.end('HTTP/1.1 20') }],
  ['closed in the head', (socket) => { socket.end(messageOf().subarray(0, 60)) }],
  ['closed before the empty line is whole', (socket) => { socket.end(headOf().slice(0, -1)) }],
  ['closed after the head', (socket) => { socket.end(headOf()) }],
  ['closed in the body', (socket) => { socket.end(messageOf().subarray(0, -150)) }],
  ['closed before the last byte', (socket) => { socket.end(messageOf().subarray(0, -1)) }],
  ['reset in the body', (socket) => {
    socket.write(messageOf().subarray(0, -150), () => { setTimeout(() => socket.resetAndDestroy(), 20) })
  }]
]

for (const [name, handle] of BREAKING) {
  t.test(`broken: ${name}`, async (t) => {
    const { port } = await serve(t, handle)
    const { bytes, error, connection } = await readOnce(port)
    t.ok(failedAs(error, 'broken'), String(error))
    t.ok(bodyOf().subarray(0, bytes.length).equals(bytes), 'what had come was right')
    if (name.includes('in the body')) t.equal(bytes.length, 150, 'and all of it was handed over')
    t.notOk(connection.usable)
  })
}

t.test('broken: connection refused, no such host', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  t.ok(failedAs((await readOnce(port)).error, 'broken'))
  const request = { ...requestOf(port), host: 'no-such-host.invalid' }
  t.ok(failedAs((await readOnce(port, request)).error, 'broken'))
})

t.test('broken: closed here, while it reads', async (t) => {
  const { port } = await serve(t, (socket) => { socket.write(headOf()) })
  const connection = connectionFor(requestOf(port))
  const reading = readAll(connection, requestOf(port))
  await sleep(50)
  connection.close()
  t.ok(failedAs((await reading).error, 'broken'))
  connection.close()
})

t.test('after a broken read the same can be asked for on another connection', async (t) => {
  const { port, connections } = await serve(t, (socket, _, nth) => {
    socket[nth === 0 ? 'end' : 'write'](nth === 0 ? messageOf().subarray(0, -10) : messageOf())
  })
  t.ok(failedAs((await readOnce(port)).error, 'broken'))
  const { bytes, connection } = await readOnce(port)
  t.ok(bytes.equals(bodyOf()))
  t.equal(connections(), 2)
  connection.close()
})

t.test('onClose is called once, when the connection can never be used again', async (t) => {
  for (const closing of ['here', 'there', 'refused'] as const) {
    let closed = 0
    const { port } = await serve(t, (socket) => {
      socket[closing === 'there' ? 'end' : 'write'](
        messageOf(closing === 'refused' ? { status: 'HTTP/1.1 403 Forbidden' } : {})
      )
    })
    const connection = connectionFor(requestOf(port), { onClose: () => { closed++ } })
    await readAll(connection, requestOf(port))
    if (closing === 'here') {
      t.equal(closed, 0)
      connection.close()
      connection.close()
    }
    t.ok(await unusable(connection))
    await sleep(50)
    t.equal(closed, 1, closing)
  }
})

t.test('TLS: a certificate that nobody vouches for is refused', async (t) => {
  const signed = selfSigned(t, t.testdir())
  if (signed === undefined) return
  let asked = 0
  const { port } = await serve(t, () => asked++, createTlsServer(signed))
  for (const host of ['localhost', '127.0.0.1']) {
    const request = { ...requestOf(port, FIRST, LENGTH, true), host }
    const { bytes, error, connection } = await readOnce(port, request)
    t.ok(failedAs(error, 'broken'), String(error))
    t.match((error as Error).cause, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    t.equal(bytes.length, 0)
    t.notOk(connection.usable)
  }
  t.equal(asked, 0, 'and it gets no request, and so no signature')
  const plain = createServer((socket) => { socket.on('error', () => {}).once('data', () => socket.end(messageOf())) })
  await once(plain.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => plain.close())
  const { port: plainPort } = plain.address() as AddressInfo
  t.ok(
    failedAs((await readOnce(plainPort, requestOf(plainPort, FIRST, LENGTH, true))).error, 'broken'),
    'an origin that does not speak TLS'
  )
})

t.test('broken: no byte for too long, before the head or in the body', async (t) => {
  const { port } = await serve(t, (socket, _, nth) => { if (nth === 1) socket.write(messageOf().subarray(0, -100)) })
  for (const where of ['head', 'body']) {
    const { error, connection } = await readOnce(port, requestOf(port), 200)
    t.ok(failedAs(error, 'broken'), where)
    t.match(error, { message: 'no byte from the origin for 0.2 s' })
    t.notOk(connection.usable)
  }
})
