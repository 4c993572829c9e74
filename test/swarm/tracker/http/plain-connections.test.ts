import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { networkKey } from '../../../../src/net/endpoint.js'
import { createHttpServer } from '../../../../src/net/http-server.js'
import { Answers } from '../../../../src/swarm/tracker/http/answers.js'
import { PlainConnections } from '../../../../src/swarm/tracker/http/plain-connections.js'
import { HttpTracker } from '../../../../src/swarm/tracker/http/listener.js'
import { TrackerRefusal } from '../../../../src/swarm/tracker/tracker-refusal.js'
import type { AnnounceReply, Tracker } from '../../../../src/swarm/tracker/tracker.js'
import { MemorySwarmStore } from '../../../../src/peers/memory/memory-swarm-store.js'
import { freePort } from '../../../support/free-port.js'
import { announcePath, scrapePath } from '../../../support/tracker-client.js'
import { until } from '../../../support/until.js'
import { HeldSwarms } from '../held-swarms.js'
import { INFO_HASH, trackerOver } from '../tracked.js'

const LONG_MS = 60_000
const PATH = announcePath(INFO_HASH)
const HERE = networkKey('127.0.0.1')
const get = (path: string, ...headers: string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`

type Asked = Pick<Tracker, 'announce' | 'scrape'>

interface Setting { readonly requestMs: number, readonly keepAliveMs: number, readonly idleMs: number }

/** Plain connections alone: what node:http gets is answered with its URL. */
async function start (
  t: Test, tracker: Asked, { stallMs = LONG_MS, requestsPerNetwork = 0, ...setting }: Partial<Setting> & {
    stallMs?: number, requestsPerNetwork?: number
  } = {}
): Promise<{ port: number, toHttp: string[], answers: Answers, close: () => void }> {
  const toHttp: string[] = []
  const bounds = { perNetwork: 0, isProxy: (address: string) => address === '127.0.0.9' }
  const server = createHttpServer(({ url = '' }, response) => {
    toHttp.push(url)
    response.end(`node:http ${url};`)
  }, {
    ...bounds,
    limits: {},
    maxHeaders: 100,
    keepAliveMs: LONG_MS,
    idleMs: LONG_MS,
    stallMs,
    maxConnections: 100,
    descriptors: 1,
    onDropped: () => {}
  })
  const answers = new Answers(tracker, requestsPerNetwork)
  const plain = new PlainConnections(server, {
    answers,
    isProxy: bounds.isProxy,
    failed: (error) => { throw error },
    requestMs: LONG_MS,
    keepAliveMs: LONG_MS,
    idleMs: LONG_MS,
    ...setting
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = (): void => {
    server.close()
    server.closeAllConnections()
    plain.close()
  }
  t.teardown(close)
  return { port: (server.address() as AddressInfo).port, toHttp, answers, close }
}

interface Client { readonly socket: Socket, readonly received: () => string, readonly closed: Promise<void> }

async function client (t: Test, port: number, from = '127.0.0.1'): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  let received = ''
  socket.on('data', (bytes: Buffer) => { received += bytes.toString('latin1') })
  const closed = new Promise<void>((resolve) => { socket.once('close', () => { resolve() }) })
  await once(socket, 'connect')
  return { socket, received: () => received, closed }
}

function memory (t: Test): Tracker {
  const swarms = new MemorySwarmStore({ silence: 60 })
  t.teardown(() => swarms.close())
  return trackerOver(swarms)
}

function held (t: Test): HeldSwarms {
  const swarms = new HeldSwarms({ silence: 60 })
  t.teardown(() => swarms.close())
  return swarms
}

const answersIn = (text: string): number => text.split('external ip').length - 1

t.test('an answer has the same bytes, whoever reads the request', async (t) => {
  const reply = {
    interval: 900, minInterval: 30, complete: 1, incomplete: 2, downloaded: 3, peers: Buffer.from('0a0000ff1ae1', 'hex')
  }
  const http = new HttpTracker({
    tracker: {
      announce: async ({ infoHash }) => {
        if (infoHash.hex === INFO_HASH) return reply
        throw new TrackerRefusal('none', 15)
      },
      scrape: async () => new Map([[INFO_HASH, reply]])
    },
    clientAddress: ({ socket }) => socket.remoteAddress ?? '',
    connections: { perNetwork: 0, isProxy: (address) => address === '127.0.0.9' },
    requestsPerNetwork: 0,
    log: { error: (facts: object, what: string) => t.fail(what, facts) }
  })
  const port = await freePort()
  await http.listen('127.0.0.1', port)
  t.teardown(() => http.close())
  const paths = [
    PATH, announcePath(INFO_HASH, { compact: 0 }), announcePath('00'.repeat(20)), scrapePath(INFO_HASH), '/announce?',
    '/scrape?', '/announce', '/', '/announce/?x'
  ]
  for (const path of paths) {
    for (const [line, ...headers] of [
      ['HTTP/1.1', 'Host: x'], ['HTTP/1.1', 'Host: x', 'Connection: close'], ['HTTP/1.0'],
      ['HTTP/1.0', 'Connection: keep-alive'], ['HTTP/1.1', 'Host: x', 'Content-Length: 0'], ['HTTP/1.1']
    ]) {
      const head = `GET ${path} ${line}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`
      const answers = await Promise.all(['127.0.0.2', '127.0.0.9'].map(async (from) => {
        const { socket, received, closed } = await client(t, port, from)
        socket.write(head)
        await until('an answer', () => received().includes('\r\n\r\n'))
        if (/Connection: close/.test(received())) await closed
        else socket.destroy()
        return received().replace(/Date: [^\r]+ GMT/, 'Date:').replace(/ip4:\x7f\0\0./, 'ip4:from')
      }))
      t.equal(answers[0], answers[1], JSON.stringify(head))
    }
  }
})

t.test('what is not plain is node:http\'s, with its connection, before a plain request or behind it', async (t) => {
  const { port, toHttp } = await start(t, memory(t))
  const odd = { half: get('/half'), two: get('/1') + get('/2'), post: 'POST /post HTTP/1.1\r\nHost: x\r\n\r\n' }
  for (const [name, bytes] of Object.entries(odd)) {
    for (const before of [0, 1, 3]) {
      const { socket, received } = await client(t, port)
      for (let i = 1; i <= before; i++) {
        socket.write(get(PATH))
        await until('a plain answer', () => answersIn(received()) === i)
      }
      t.equal(toHttp.length, 0)
      socket.write(bytes.slice(0, name === 'half' ? 20 : bytes.length))
      await turn()
      socket.write(bytes.slice(name === 'half' ? 20 : bytes.length))
      await until('an answer of node:http', () => toHttp.length === (name === 'two' ? 2 : 1))
      socket.write(get(PATH))
      await until('another one', () => received().includes(`node:http ${PATH};`))
      toHttp.length = 0
      socket.destroy()
    }
  }
})

t.test('a request that comes before the answer has left waits for it', async (t) => {
  const swarms = held(t)
  const { port, toHttp } = await start(t, trackerOver(swarms))
  const { socket, received } = await client(t, port)
  socket.write(get(PATH))
  await swarms.untilHeld(1)
  for (const part of [get('/second'), get('/third').slice(0, 9), get('/third').slice(9)]) {
    socket.write(part)
    for (let turns = 0; turns < 10; turns++) await turn()
  }
  t.same([toHttp, received()], [[], ''])
  swarms.held[0]?.()
  await until('all answers', () => received().includes('/third;'))
  t.match(received(), /external ip[^]*node:http \/second;[^]*node:http \/third;/)
})

t.test('a client that sends no more, or leaves, while its answer is made', async (t) => {
  const swarms = held(t)
  const { port, answers } = await start(t, trackerOver(swarms), { requestsPerNetwork: 1 })
  for (const [i, leave] of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()].entries()) {
    const { socket, received, closed } = await client(t, port)
    socket.write(get(PATH))
    await swarms.untilHeld(i + 1)
    t.equal(answers.enter(HERE), false, 'its place is taken')
    leave(socket)
    await closed
    await until('its place is free', () => answers.enter(HERE))
    answers.leave(HERE)
    swarms.held[i]?.()
    await turn()
    t.equal(received(), '')
  }
})

t.test('whoever is silent is closed', async (t) => {
  const swarms = held(t)
  const tracker = trackerOver(swarms)
  const first = await start(t, tracker, { requestMs: 50 })
  const silent = await client(t, first.port)
  await silent.closed
  t.equal(silent.received(), 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', 'not a byte')

  const next = await start(t, tracker, { keepAliveMs: 50 })
  const idle = await client(t, next.port)
  idle.socket.write(get(PATH))
  await swarms.untilHeld(1)
  swarms.held[0]?.()
  await idle.closed
  t.equal(answersIn(idle.received()), 1, 'behind an answer')

  const made = await start(t, tracker, { keepAliveMs: 50, idleMs: 100, requestsPerNetwork: 1 })
  const waiting = await client(t, made.port)
  waiting.socket.write(get(PATH))
  await swarms.untilHeld(2)
  await waiting.closed
  t.equal(waiting.received(), '', 'an answer that is not made')
  await until('its place is free', () => made.answers.enter(HERE))
})

t.test('an answer that nobody takes is broken off', async (t) => {
  const reply: AnnounceReply = {
    interval: 1, minInterval: 1, complete: 0, incomplete: 0, downloaded: 0, peers: Buffer.alloc(32 * 1024 * 1024)
  }
  const { port, answers } = await start(
    t, { announce: async () => reply, scrape: async () => new Map() }, { stallMs: 200, requestsPerNetwork: 1 }
  )
  const { socket, closed } = await client(t, port)
  socket.pause()
  socket.write(get(PATH))
  await until('it is begun', () => !answers.enter(HERE) || (answers.leave(HERE), false))
  await until('it is broken off', () => answers.enter(HERE))
  socket.resume()
  await closed
})

t.test('all are closed at the end, and what is being answered is dropped', async (t) => {
  const swarms = held(t)
  const { port, close } = await start(t, trackerOver(swarms))
  const [silent, asking] = [await client(t, port), await client(t, port)]
  asking.socket.write(get(PATH))
  await swarms.untilHeld(1)
  close()
  await Promise.all([silent.closed, asking.closed])
  swarms.held[0]?.()
  await turn()
  t.equal(asking.received(), '')
})
