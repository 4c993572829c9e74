import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing } from '../support/hashing.js'
import { rssOf } from '../support/memory.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

const MIB = 1024 * 1024
// What a connection may cost (F15).
const PER_CONNECTION = 150_000

const origin = await startFaultyOrigin(t)

/** Clients that have the head of an answer, and read no further. */
async function stalled (t: Test, server: Server, path: string, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect({ port: server.port, host: '127.0.0.1' }))
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.once('data', (bytes) => {
      socket.pause()
      if (bytes.toString('latin1').startsWith('HTTP/1.1 200')) resolve()
      else reject(new Error(bytes.toString('latin1', 0, 200)))
    })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  })))
  return sockets
}

/** The growth of a server once it does not grow anymore. */
async function growth (server: Server, before: number): Promise<number> {
  let rss = rssOf(server)
  for (let waited = 0; waited < 10; waited++) {
    await sleep(500)
    const now = rssOf(server)
    if (Math.abs(now - rss) < MIB && waited > 4) break
    rss = now
  }
  return rssOf(server) - before
}

t.test('F15: 1,000 readers of a torrent that is being hashed, who stand still', async (t) => {
  const COUNT = 1_000
  const server = await startServer(t, {
    args: ['--origin', origin.endpoint, '--max-connections-per-address', '0', '--max-requests-per-address', '0']
  })
  const { put, right } = hashing(origin, server)
  await right(t, { size: 100_000_000, seed: 51 }, 'warm')
  const { key } = put({ size: 60 * MIB, seed: 52, faults: { bytesPerSecond: MIB } })
  const before = rssOf(server)
  const sockets = await stalled(t, server, `/bkt/${key}?torrent`, COUNT)
  const grown = await growth(server, before)
  t.comment(`F15: ${Math.round(grown / COUNT / 1000)} kB a connection`)
  t.ok(grown < COUNT * PER_CONNECTION, `the server has grown by ${grown} bytes`)
  await right(t, { size: 2_000_000, seed: 53 }, 'and others are served')
  for (const socket of sockets) socket.destroy()
})
