import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { connectionsWithin } from '../../src/net/descriptor-share.js'
import { createHttpServer } from '../../src/net/http-server.js'
import type { HttpServerOptions } from '../../src/net/http-server.js'
import { MAX_PIPELINED } from '../../src/net/one-at-a-time.js'
import { selfSigned } from '../support/self-signed.js'
import { until } from '../support/until.js'

type Exchange = readonly [request: IncomingMessage, response: ServerResponse]

const pair = selfSigned(t, t.testdir())
const big = Buffer.alloc(16 * 1024 * 1024)
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const paths = (count: number): string[] => Array.from({ length: count }, (_, i) => `/${i}`)

interface Running {
  readonly server: Server
  /** What was begun, in order. */
  readonly begun: Exchange[]
  /** Of the answers that were begun: those that have heard of their end. */
  readonly ended: () => number
  readonly dropped: number[]
  readonly open: (from?: string) => Promise<Socket>
}

async function start (
  t: Test, options: Partial<HttpServerOptions> = {}, answer: (...exchange: Exchange) => void = () => {}
): Promise<Running> {
  const begun: Exchange[] = []
  const dropped: number[] = []
  let ended = 0
  const server = createHttpServer((request, response) => {
    begun.push([request, response])
    response.once('close', () => { ended++ })
    answer(request, response)
  }, {
    limits: {},
    maxHeaders: 100,
    keepAliveMs: 5_000,
    idleMs: 0,
    stallMs: 60_000,
    maxConnections: 1_000,
    descriptors: 1,
    perNetwork: 0,
    isProxy: () =>
      false,
    onDropped: ({
      count
    }) => {
      dropped.push(count)
    },
    ...options
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return {
    server,
    begun,
    dropped,
    ended: () => ended,
    open: async (from = '127.0.0.1') => {
      const at = { port, host: '127.0.0.1', localAddress: from }
      const socket = options.tls === undefined ? connect(at) : connectTls({ ...at, ...{ rejectUnauthorized: false } })
      socket.on('error', () => {})
      t.teardown(() => socket.destroy())
      await once(socket, options.tls === undefined ? 'connect' : 'secureConnect')
      return socket
    }
  }
}

for (const tls of [undefined, pair]) {
  const over = tls === undefined ? '' : ' over TLS'

  t.test(`pipelined requests are begun one after the other, and all answered in order${over}`, async (t) => {
    const { begun, dropped, open } = await start(t, { tls })
    const socket = await open()
    let received = ''
    socket.on('data', (bytes: Buffer) => { received += bytes.toString() })
    socket.write(paths(5).map(get).join(''))
    for (const index of [1, 2, 3, 4, 5]) {
      await until(`request ${index} is begun`, () => begun.length >= index)
      await new Promise(setImmediate)
      t.equal(begun.length, index, 'and none behind it')
      begun[index - 1]?.[1].end(`answer ${index};`)
    }
    await until('all answers', () => received.includes('answer 5;'))
    t.same(received.match(/answer \d/g), ['answer 1', 'answer 2', 'answer 3', 'answer 4', 'answer 5'])
    t.same(begun.map(([{ url }]) => url), paths(5))
    t.same(dropped, [])
  })

  t.test(`whoever leaves ends the request that was begun, and those behind it never begin${over}`, async (t) => {
    const { begun, ended, dropped, open } = await start(t, { tls }, (_, response) => { response.write(big) })
    const socket = await open()
    socket.pause()
    socket.write(paths(20).map(get).join(''))
    await until('the first is begun', () => begun.length > 0)
    await new Promise(setImmediate)
    socket.destroy()
    await until('the connection is known to be gone', () => dropped.length > 0)
    t.same([begun.length, ended(), dropped], [1, 1, [19]])
  })

  t.test(`the connections of a proxy are kept longer than others, and still ended when they stall${over}`,
    async (t) => {
      const { open, begun } = await start(
        t,
        { tls, keepAliveMs: 100, isProxy: (address) => address === '127.0.0.2' },
        (_, response) => { response.end('answer') }
      )
      const [proxy, other] = [await open('127.0.0.2'), await open()]
      for (const socket of [proxy, other]) {
        socket.write(get('/'))
        await once(socket, 'data')
      }
      await once(other.resume(), 'close')
      t.equal(proxy.destroyed, false, 'who was as long idle')
      proxy.write(get('/'))
      t.match(String((await once(proxy, 'data'))[0]), 'answer')
      t.equal(begun.length, 3)
      t.equal(begun[2]?.[0].socket.timeout, 75_000, 'not for ever')
    })

  t.test(`a connection on which more wait than anybody sends is cut off${over}`, async (t) => {
    const { begun, ended, dropped, open } = await start(t, { tls })
    const patient = await open()
    patient.write(paths(MAX_PIPELINED + 1).map(get).join(''))
    const greedy = await open()
    greedy.write(paths(1_200).map(get).join(''))
    await once(greedy.resume(), 'close')
    await until('it is known to be gone', () => dropped.length > 0)
    t.ok((dropped[0] ?? 0) > MAX_PIPELINED)
    t.same(
      [begun.length, ended(), patient.destroyed],
      [2, 1, false],
      'one request of each was begun; the other connection is as it was'
    )
  })

  t.test(`behind an answer that closes the connection nothing is begun${over}`, async (t) => {
    const { begun, dropped, open } = await start(t, { tls }, (_, response) => {
      response.writeHead(200, { connection: 'close' }).end('last')
    })
    const socket = await open()
    socket.write(paths(3).map(get).join(''))
    await once(socket.resume(), 'close')
    await until('what was dropped is known', () => dropped.length > 0)
    t.same([begun.length, dropped], [1, [2]])
  })

  t.test(`an answer of which nothing is taken is broken off, also where the client goes on sending${over}`,
    async (t) => {
      const { begun, ended, open } = await start(t, { tls, stallMs: 2_000 }, (_, response) => { response.write(big) })
      const [silent, sending, reading] = [await open(), await open(), await open()]
      silent.pause()
      sending.pause()
      let read = 0
      reading.on('data', (bytes: Buffer) => { read += bytes.length })
      for (const socket of [silent, sending, reading]) socket.write(get('/'))
      const dripping = setInterval(() => { sending.write('\r\n') }, 50)
      t.teardown(() => clearInterval(dripping))
      await until('two of three have ended, and the third has all', () => ended() === 2 && read > big.length)
      t.same(
        [begun.length, ended(), reading.destroyed], [3, 2, false], 'who reads, and now waits for more, is left alone'
      )
    })

  t.test(`so many connections of one network${over}`, async (t) => {
    const refusal = 'HTTP/1.1 503 Slow\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'
    const { begun, open } = await start(
      t,
      { tls, perNetwork: 2, refusal: () => refusal, isProxy: (address) => address === '127.0.0.7' },
      (_, response) => { response.end('yes') }
    )
    const ask = async (socket: Socket): Promise<string> => {
      socket.write(get('/'))
      const [bytes] = await Promise.race([once(socket, 'data'), once(socket, 'close')]) as [Buffer | boolean]
      return Buffer.isBuffer(bytes) ? /(yes|no)$/.exec(bytes.toString())?.[1] ?? 'other' : 'closed'
    }
    const first = await open()
    const second = await open()
    t.same([await ask(first), await ask(second)], ['yes', 'yes'])
    const third = await open().then(ask, () => 'closed')
    t.equal(third, tls === undefined ? 'no' : 'closed', 'one too many is told so, where it can be')
    t.equal(await ask(await open('127.0.0.2')), 'yes', 'another address is not concerned')
    const proxied = await Promise.all(Array.from({ length: 4 }, async () => ask(await open('127.0.0.7'))))
    t.same(proxied, ['yes', 'yes', 'yes', 'yes'], 'nor is a proxy')
    first.destroy()
    await until('whoever leaves makes room', async () => await open().then(ask, () => 'closed') === 'yes')
    t.equal(begun.length, 8)
  })
}

t.test('connections leave descriptors for others', async (t) => {
  const soft = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
  t.ok(soft > 0)
  t.equal(connectionsWithin(10, 1), 10)
  t.equal(connectionsWithin(Infinity, 0.5), Math.floor(soft / 4))
  t.equal(connectionsWithin(Infinity, 0), 1)
})
