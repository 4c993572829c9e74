import { once, setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { RangeConnections } from '../../../src/objects/transport/range-connections.js'
import type { RangeRequest } from '../../../src/objects/worker-read.js'
import { contentAt } from '../../support/content.js'
import { selfSigned } from '../../support/self-signed.js'

const ETAG = '"5d41402abc4b2a76b9719d911017c592"'
const SIZE = 8 * 1024 * 1024
const CONTENT = contentAt(1, 0, SIZE)
const AT_ONCE = 16
const NEVER = new AbortController().signal
setMaxListeners(0, NEVER)

/** Answers ranges in many writes, each followed by a turn of the others. */
const inPieces: RequestListener = (request, response) => {
  const [first = 0, last = 0] = (/bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []).slice(1).map(Number)
  response.writeHead(206, {
    etag: ETAG, 'content-length': last - first + 1, 'content-range': `bytes ${first}-${last}/${SIZE}`
  })
  const write = (position: number): void => {
    if (position > last) {
      response.end()
      return
    }
    const end = Math.min(last + 1, position + 1_000 + position % 70_000)
    response.write(CONTENT.subarray(position, end))
    setImmediate(write, end)
  }
  write(first)
}

async function listening (t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

const requestOf = (port: number, first: number, length: number, tls = false): RangeRequest => ({
  host: tls ? 'localhost' : '127.0.0.1',
  port,
  tls,
  path: '/bucket/key',
  headers: { host: 'localhost', range: `bytes=${first}-${first + length - 1}` },
  etag: ETAG,
  first,
  last: first + length - 1,
  size: SIZE
})

function sharing (t: Test, ca?: Buffer): RangeConnections {
  const secureContext = ca && createSecureContext({ ca })
  const connections = new RangeConnections({
    bufferBytes: 64 * 1024, shared: true, secureContext: () => secureContext
  })
  t.teardown(() => connections.close())
  return connections
}

async function bytesOf (connections: RangeConnections, request: RangeRequest): Promise<Buffer> {
  const all: Buffer[] = []
  await connections.read(request, (bytes) => { all.push(Buffer.from(bytes)) }, NEVER)
  return Buffer.concat(all)
}

for (const tls of [false, true]) {
  t.test(`ranges at once through one buffer: each has its own bytes${tls ? ', TLS' : ''}`, async (t) => {
    const signed = tls ? selfSigned(t, t.testdir()) : undefined
    if (tls && signed === undefined) return
    const port = await listening(t, signed ? createTlsServer(signed, inPieces) : createServer(inPieces))
    const connections = sharing(t, signed?.cert)
    for (let round = 0; round < 2; round++) { // the second on connections that were kept
      const all = await Promise.all(Array.from({ length: AT_ONCE }, async (_, i) => {
        const first = i * 300_007
        const length = 1 + i ** 4 * 50
        const bytes = await bytesOf(connections, requestOf(port, first, length, tls))
        return bytes.equals(CONTENT.subarray(first, first + length))
      }))
      t.strictSame(all, Array.from({ length: AT_ONCE }, () => true))
    }
  })
}

t.test('a buffer of all cannot wait for somebody who wants a body later', async (t) => {
  await t.rejects(sharing(t).open(requestOf(1, 0, 1), NEVER), { message: /would not stay in a shared buffer/ })
})

t.test('what the reader throws closes its connection alone', async (t) => {
  let connected = 0
  const port = await listening(t, createServer(inPieces).on('connection', () => { connected++ }))
  const connections = sharing(t)
  const other = bytesOf(connections, requestOf(port, 5, 2_000_000))
  await t.rejects(connections.read(requestOf(port, 0, 100_000), () => { throw new Error('no more') }, NEVER), {
    message: 'no more'
  })
  t.ok((await other).equals(CONTENT.subarray(5, 2_000_005)))
  t.equal((await bytesOf(connections, requestOf(port, 0, 10))).length, 10)
  t.equal(connected, 2, 'the one that was read to its end is used again')
})

t.test('a kept connection that was closed at the other end is replaced, before any byte has come', async (t) => {
  let connected = 0
  const server = createServer(inPieces).on('connection', (socket) => {
    if (++connected === 1) socket.once('data', () => socket.once('data', () => socket.destroy()))
  })
  const port = await listening(t, server)
  const connections = sharing(t)
  for (const first of [0, 1_000]) {
    const bytes = await bytesOf(connections, requestOf(port, first, 50))
    t.ok(bytes.equals(CONTENT.subarray(first, first + 50)))
  }
  t.equal(connected, 2)
})

t.test('a body that breaks off is told as broken, and not asked for again here', async (t) => {
  let asked = 0
  const port = await listening(t, createServer((_, response) => {
    asked++
    response.writeHead(206, { etag: ETAG, 'content-length': 1_000, 'content-range': `bytes 0-999/${SIZE}` })
    response.write(CONTENT.subarray(0, 500), () => { setTimeout(() => response.destroy(), 20) })
  }))
  const connections = sharing(t)
  let came = 0
  await t.rejects(connections.read(requestOf(port, 0, 1_000), (bytes) => { came += bytes.length }, NEVER), {
    name: 'WorkerReadFailed', kind: 'broken'
  })
  t.equal(came, 500)
  t.equal(asked, 1)
})
