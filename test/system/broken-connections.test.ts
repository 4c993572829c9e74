import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { until } from '../support/until.js'

const handles = (server: Server): number => readdirSync(`/proc/${server.pid}/fd`).length

/** Asks and resets the connection after so many milliseconds. */
async function askAndReset (server: Server, path: string, ms: number): Promise<void> {
  const socket = connect({ port: server.port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => { socket.once('connect', resolve); socket.once('close', () => { resolve() }) })
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await sleep(ms)
  socket.resetAndDestroy()
}

async function leavesNothingOpen (t: Test, server: Server, path: string): Promise<void> {
  t.equal((await httpGet(server.url + path)).status, 200)
  const before = handles(server)
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 30 }, (_, i) => askAndReset(server, path, i % 4)))
  }
  // Keep-alive connections to the origin are no leak: they are used again.
  await until('300 clients that left at once leave no handle open', () => handles(server) <= before + 40)
  t.notMatch(server.stderr(), /garbage collection|"level":50/, 'and nobody is told of an error')
}

t.test('clients that leave before the first byte leave no file open', async (t) => {
  const dir = t.testdir({ bkt: { key: 'x'.repeat(200_000) } })
  const server = await startServer(t, { args: ['--origin', dir] })
  await leavesNothingOpen(t, server, '/bkt/key?torrent')
  await leavesNothingOpen(t, server, '/bkt/key')
})

t.test('nor a connection to the origin', async (t) => {
  const origin = await startFaultyOrigin(t)
  origin.put('bkt', 'key', { size: 200_000, public: true })
  const server = await startServer(t, { args: ['--origin', origin.endpoint] })
  await leavesNothingOpen(t, server, '/bkt/key?torrent')
})

t.test('an origin that breaks off before the first byte', async (t) => {
  const origin = await startFaultyOrigin(t)
  const headers = { 'content-encoding': 'gzip', 'cache-control': 'max-age=3600', 'x-amz-meta-a': 'b' }
  const object = origin.put('bkt', 'key', { size: 50_000, public: true, headers, faults: { cutAfter: 0 } })
  const server = await startServer(t, { args: ['--origin', origin.endpoint] })

  t.test('an object: 503 with none of its headers', async (t) => {
    const { status, headers } = await httpGet(`${server.url}/bkt/key`)
    t.equal(status, 503)
    t.equal(headers['content-type'], 'application/xml')
    for (const name of [
      'content-encoding', 'cache-control', 'x-amz-meta-a', 'etag', 'last-modified', 'accept-ranges'
    ]) {
      t.notOk(name in headers, name)
    }
    t.ok(headers['x-amz-request-id'])
  })

  t.test('a web seed: reset, because one 5xx would end it for good', async (t) => {
    const seed = `${server.url}/-/seed/${Buffer.from(object.etag).toString('base64url')}/bkt/key`
    t.equal((await httpGet(seed)).status, 0)
    object.faults.cutAfter = undefined
    t.equal((await httpGet(seed)).status, 200)
  })
})
