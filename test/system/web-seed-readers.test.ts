import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { rssOf } from '../support/memory.js'
import { parsed } from '../support/pieces.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024
const SIZE = 400 * MIB
const CACHE = 64 * MIB
const READERS = 1_000

const origin = await startFaultyOrigin(t)
const object = origin.put('bkt', 'film.bin', { size: SIZE, seed: 1, public: true })

t.test('S79: a thousand readers that take next to nothing, and two hundred that take ranges', async (t) => {
  const server = await startServer(t, {
    args: [
      '--origin', origin.endpoint, '--cache-size', String(
        CACHE
      ), '--log-level', 'warn', '--max-connections-per-address',
      '0', '--max-requests-per-address', '0'
    ]
  })
  const seed = new URL((await parsed((await httpGet(`${server.url}/bkt/film.bin?torrent`)).body)).urlList[0] ?? '')
  const range = async (first: number, length: number): Promise<boolean> => {
    const { status, body } = await httpGet(seed.href, {
      headers: { range: `bytes=${first}-${first + length - 1}` }, timeoutMs: 120_000
    })
    return status === 206 && body.equals(contentAt(1, first, length))
  }
  // What is kept in memory is full, and the code is compiled.
  for (let chunk = 0; chunk < 70; chunk++) await range(chunk * MIB, 1000)
  const before = rssOf(server)

  const sockets: Socket[] = []
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  for (let i = 0; i < READERS; i++) {
    const first = Math.floor(i / READERS * (SIZE - 20 * MIB))
    const socket = connect({ port: server.port, host: '127.0.0.1' }).pause()
    socket.on('error', () => {})
    socket.write(`GET ${seed.pathname} HTTP/1.1\r\nHost: a\r\nRange: bytes=${first}-\r\n\r\n`)
    sockets.push(socket)
    if (i % 20 === 19) await sleep(50)
  }
  const taking = setInterval(() => { for (const socket of sockets) socket.read(1024) }, 1_000)
  t.teardown(() => clearInterval(taking))
  const firsts = Array.from({ length: 200 }, (_, i) => (i * 7_654_321) % (SIZE - MIB))
  t.strictSame(
    await Promise.all(firsts.map((first) => range(first, 262_144))),
    firsts.map(() => true),
    'others are served meanwhile, byte for byte'
  )
  // What was sent to others is garbage by now; when it is collected is the machine's affair.
  await until('a slow reader costs less than 250,000 bytes', () => rssOf(server) - before < READERS * 250_000)
  t.equal(sockets.filter((socket) => socket.destroyed).length, 0, 'they are all still served')
})

t.test('many readers of one object: the origin is read once while it fits in memory', async (t) => {
  const server = await startServer(t, { args: ['--origin', origin.endpoint, '--cache-size', String(CACHE)] })
  const small = origin.put('bkt', 'small.bin', { size: 30 * MIB + 5, seed: 2, public: true })
  const seed = (await parsed((await httpGet(`${server.url}/bkt/small.bin?torrent`)).body)).urlList[0] ?? ''
  const hashed = small.bytesSent
  const bodies = await Promise.all(Array.from({ length: 8 }, () => httpGet(seed)))
  for (const { status, body } of bodies) t.ok(status === 200 && body.equals(contentAt(2, 0, 30 * MIB + 5)))
  t.equal(small.bytesSent - hashed, 30 * MIB + 5, 'the bytes that left the origin for eight readers')
  t.ok(object.bytesSent > 0)
})

t.test('--upload-limit and --upload-limit-per-client slow, and refuse nobody', async (t) => {
  const limited = async (...args: string[]) => {
    const server = await startServer(t, { args: ['--origin', origin.endpoint, ...args] })
    const key = `limited-${args.length}${args[0]}`
    origin.put('bkt', key, { size: MIB, seed: 3, public: true })
    const seed = (await parsed((await httpGet(`${server.url}/bkt/${key}?torrent`)).body)).urlList[0] ?? ''
    const begun = performance.now()
    const bodies = await Promise.all([httpGet(seed, { timeoutMs: 60_000 }), httpGet(seed, { timeoutMs: 60_000 })])
    for (const { status, body } of bodies) t.ok(status === 200 && body.equals(contentAt(3, 0, MIB)))
    return (performance.now() - begun) / 1000
  }
  // Two of 1 MiB at 500,000 bytes a second cannot come sooner; how much later is the machine's affair.
  t.ok(await limited('--upload-limit', '500000') > 3.5)
  t.ok(await limited('--upload-limit-per-client', '500000', '--upload-limit', '100000000') > 3.5)
})
