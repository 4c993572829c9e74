import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { FaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { until } from '../support/until.js'

const MB = 1_000_000

t.jobs = 2

/** A server with objects of 4 and 60 MB, from an origin that sends 2 MB a second of the former, and 1 of the latter. */
async function running (t: Test): Promise<{ origin: FaultyOrigin, server: Server }> {
  const origin = await startFaultyOrigin(t)
  for (const [key, size] of [['short.bin', 4 * MB], ['piped.bin', 4 * MB], ['long.bin', 60 * MB]] as const) {
    const bytesPerSecond = size > 10 * MB ? MB : 2 * MB
    origin.put('media', key, { size, seed: 1, public: true, faults: { bytesPerSecond } })
  }
  origin.put('media', 'small.bin', { size: 1000, seed: 1, public: true })
  return { origin, server: await startServer(t, { args: ['--origin', origin.endpoint, '--piece-length', '262144'] }) }
}

/** An answer that is under way: the origin has sent half a megabyte for it. */
async function begun (origin: FaultyOrigin, server: Server, path: string): Promise<{ answer: Promise<HttpResponse> }> {
  const answer = httpGet(server.url + path, { timeoutMs: 60_000 })
  const key = path.replace(/\?.*/, '')
  await until('half a megabyte is sent', () => origin.requests.some(
    ({ method, url, bytesSent }) => method === 'GET' && url.startsWith(key) && bytesSent > 0.5 * MB
  ))
  return { answer }
}

async function connected (t: Test, server: Server): Promise<{
  socket: Socket
  received: () => string
  closed: Promise<unknown>
}> {
  const socket = connect({ port: server.port, host: '127.0.0.1' })
  t.teardown(() => { socket.destroy() })
  let text = ''
  socket.setEncoding('latin1').on('data', (more: string) => { text += more })
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  return { socket, received: () => text, closed }
}

async function received (connection: { received: () => string }, what: RegExp): Promise<void> {
  await until(`${what} is received`, () => what.test(connection.received()))
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal}: a torrent under way is finished`, async (t) => {
    const { origin, server } = await running(t)
    const { answer } = await begun(origin, server, '/media/short.bin?torrent')
    const exit = await server.stop(signal)
    const { status, complete, body } = await answer
    t.same([status, complete], [200, true], 'the answer is whole')
    t.equal((await parsed(body)).length, 4 * MB, 'and right')
    t.same([exit.code, exit.signal], [0, null], 'exit 0')
    t.notMatch(server.stderr(), /"level":50/, 'no error is logged')
  })
}

for (const path of ['/media/long.bin?torrent', '/media/long.bin']) {
  t.test(`an answer that takes longer is broken off after 10 s: ${path}`, async (t) => {
    const { origin, server } = await running(t)
    const { answer } = await begun(origin, server, path)
    const exit = await server.stop()
    const { status, headers, complete, body } = await answer
    t.same([status, complete], [200, false], 'the answer is broken off')
    t.ok(body.length < Number(headers['content-length']), 'its body is short')
    t.same([exit.code, exit.signal], [0, null], 'exit 0')
  })
}

t.test('connections that are idle, or never asked anything, do not delay the exit', async (t) => {
  const [busy, idle, silent] = await Promise.all([running(t), running(t), running(t)])
  const { answer } = await begun(busy.origin, busy.server, '/media/long.bin')
  const keptAlive = await connected(t, idle.server)
  keptAlive.socket.write('GET /media/small.bin?torrent HTTP/1.1\r\nHost: a\r\n\r\n')
  await received(keptAlive, /HTTP\/1\.1 200[\s\S]*e$/)
  t.match(keptAlive.received(), /keep-alive/i, 'it is kept alive')
  const nothingAsked = await connected(t, silent.server)
  const ended: string[] = []
  await Promise.all(Object.entries({ busy, idle, silent }).map(async ([name, { server }]) => {
    const { code } = await server.stop()
    ended.push(name)
    t.equal(code, 0, name)
  }))
  t.equal(ended.at(-1), 'busy', 'the one whose answer takes longer than the time of grace is the last')
  await Promise.all([keptAlive.closed, nothingAsked.closed, answer])
  t.equal(nothingAsked.received(), '')
})

t.test('while the last answer is under way', async (t) => {
  const { origin, server } = await running(t)
  const idle = await connected(t, server)
  idle.socket.write('HEAD /media/small.bin HTTP/1.1\r\nHost: a\r\n\r\n')
  await received(idle, /\r\n\r\n$/)
  const fresh = await connected(t, server)
  const halfAsked = await connected(t, server)
  halfAsked.socket.write('GET /media/small.bin HTTP/1.1\r\nHost: a\r\n')
  const pipelined = await connected(t, server)
  pipelined.socket.write('GET /media/piped.bin HTTP/1.1\r\nHost: a\r\n\r\n')
  const { answer } = await begun(origin, server, '/media/short.bin?torrent')
  const exit = server.stop()
  await sleep(500)

  t.test('new connections are refused', async (t) => {
    await t.rejects(httpGet(`${server.url}/media/small.bin`), { code: 'ECONNREFUSED' })
  })

  t.test('what is asked on open ones is answered as S3 does, or the connection is closed', async (t) => {
    const connections = { idle, fresh, halfAsked, pipelined }
    const ask = 'GET /media/small.bin HTTP/1.1\r\nHost: a\r\n\r\n'
    for (const { socket } of [idle, fresh, pipelined]) if (socket.writable) socket.write(ask)
    if (halfAsked.socket.writable) halfAsked.socket.write('\r\n')
    await Promise.all(Object.values(connections).map(({ closed }) => closed))
    for (const [name, connection] of Object.entries(connections)) {
      const text = connection.received()
      t.comment(`${name}: ${text.match(/HTTP\/1\.1 \d+/g)?.join(', ') ?? 'nothing'}`)
      t.notMatch(text, /application\/json|"statusCode"/, `${name}: no JSON`)
      t.same(text.match(/HTTP\/1\.1 (?!200)\d+/g) ?? [], [], `${name}: nothing but what was asked for`)
    }
    const [head = ''] = pipelined.received().split('\r\n\r\n')
    t.match(
      pipelined.received().slice(head.length + 4 + 4 * MB), /^(HTTP\/1\.1 200|$)/, 'the answer under way there is whole'
    )
  })

  t.test('and it ends as it should', async (t) => {
    const { code } = await exit
    t.equal(code, 0)
    t.equal((await answer).complete, true)
  })
})
