import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import type { Test } from 'tap'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { announcePath } from '../support/tracker-client.js'
import { ACTION, UdpTrackerClient, announcePacket } from '../support/udp-tracker-client.js'
import { until } from '../support/until.js'

// What some clients hold, slowly or for ever, is not missing for others: calls, bodies, web seed, connections,
// requests.

const ALICE = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const dir = t.testdir({ credentials: credentialsText({ alice: ALICE }) })
const CONTENT = Buffer.alloc(100_000, 'content ')
const ENDLESS = 64 * 1024 * 1024

/** A store that keeps back the answers about `held…`, or all of them, and never stops sending `endless`. */
class HoldingStore {
  readonly held: ServerResponse[] = []
  holdsAll = false
  endless = 0
  readonly #server = createServer((request, response) => {
    const { method, url = '', headers } = request
    const key = url.replace(/\?.*/, '').split('/').slice(2).join('/')
    const refuse = (status: number, code: string): void => {
      response.writeHead(status, {
        'content-type': 'application/xml'
      }).end(
        method === 'HEAD' ? undefined : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`
      )
    }
    if (this.holdsAll || key.startsWith('held')) this.held.push(response)
    else if (key.startsWith('none')) refuse(404, 'NoSuchKey')
    else if (key.startsWith('private') && headers.authorization === undefined) refuse(403, 'AccessDenied')
    else this.#send(response, method === 'HEAD', key.startsWith('endless') ? ENDLESS : CONTENT.length, headers.range)
  })

  #send (response: ServerResponse, headOnly: boolean, size: number, range: string | undefined): void {
    const [, first = '0', last = String(size - 1)] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    response.writeHead(range === undefined ? 200 : 206, {
      etag: '"11111111111111111111111111111111"',
      'last-modified': 'Sat, 01 Aug 2026 00:00:00 GMT',
      'content-length': Number(
        last
      ) - Number(
        first
      ) +
        1,
      ...(range !== undefined && {
        'content-range': `bytes ${first}-${last}/${size}`
      })
    })
    if (headOnly || size === CONTENT.length) {
      response.end(headOnly ? undefined : CONTENT.subarray(Number(first), Number(last) + 1))
      return
    }
    this.endless++
    response.once('close', () => { this.endless-- })
    response.write(CONTENT) // and the rest never comes
  }

  async start (t: Test): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    t.teardown(() => {
      this.#server.close()
      this.#server.closeAllConnections()
    })
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }
}

const store = new HoldingStore()
const endpoint = await store.start(t)
const args = ['--origin', endpoint, '--credentials-file', join(dir, 'credentials')]
const SEED = `/-/seed/${Buffer.from('"11111111111111111111111111111111"').toString('base64url')}/bkt`

/** A connection that asks and does not read. */
async function ask (t: Test, port: number, path: string, { from = '127.0.0.1', headers = '' } = {}): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  socket.on('error', () => {}).pause()
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
  return socket
}

const codeOf = (body: Buffer): string => /<Code>(\w+)</.exec(body.toString())?.[1] ?? ''

/** What an honest client gets of everything there is. */
async function served (server: Server, name: string): Promise<unknown[]> {
  const client = s3Client(t, { endpoint: server.url, keyPair: ALICE })
  const paths = [`/bkt/${name}`, `/bkt/none-${name}`, `/bkt/private-${name}`, `${SEED}/${name}`, `/bkt/${name}?torrent`]
  const [statuses, signed] = await Promise.all([
    Promise.all(paths.map(async (path) => (await httpGet(`${server.url}${path}`, { timeoutMs: 100_000 })).status)),
    client.send(new GetObjectCommand({ Bucket: 'bkt', Key: `private-${name}` })).then(
      async ({ Body }) => (await Body?.transformToByteArray())?.length
    )
  ])
  return [...statuses, signed]
}
const ALL = [200, 404, 403, 200, 200, CONTENT.length]

const server = await startServer(t, { args })

t.test('more bodies than there are slots, by clients that do not read: others do not notice', async (t) => {
  const slow = Array.from({ length: 1_200 }, (_, i) => ask(t, server.port, `/bkt/endless-${i}`, {
    from: `127.0.0.${10 + i % 6}`
  }))
  await Promise.all(slow)
  await until('the store sends to hundreds of them', () => store.endless > 300)
  t.same(await served(server, 'one'), ALL)
  t.ok(store.endless <= 512, `${store.endless} bodies are sent to the unsigned, half of all at most`)
  for (const socket of slow) (await socket).destroy()
  await until('nothing is left at the store', () => store.endless === 0)
  t.same(await served(server, 'two'), ALL)
})

t.test('more calls than there are slots, which the store does not answer: others are asked for', async (t) => {
  const held = Array.from({ length: 500 }, (_, i) => ask(t, server.port, `/bkt/held-${i}`, {
    from: `127.0.0.${20 + i % 2}`
  }))
  await Promise.all(held)
  await until('the store holds what it is asked', () => store.held.length >= 64)
  t.same(await served(server, 'three'), ALL)
  t.ok(store.held.every(({ closed }) => !closed), 'and not because what was held has been given up')
  for (const socket of held) (await socket).destroy()
  for (const response of store.held.splice(0)) response.destroy()
})

t.test('so many connections of an address, with SlowDown for the next', async (t) => {
  const trackerPort = await freePort()
  const server = await startServer(t, {
    args: [...args, '--max-connections-per-address', '5', '--tracker-port', String(trackerPort)]
  })
  for (let i = 0; i < 5; i++) await ask(t, server.port, `/bkt/endless-${i}`, { from: '127.0.0.30' })
  const { status, headers, body } = await httpGet(`${server.url}/bkt/one`, { from: '127.0.0.30' })
  t.same(
    [status, codeOf(body), headers['retry-after'], headers['content-type']], [503, 'SlowDown', '5', 'application/xml']
  )
  t.match(server.stderr(), /"code":"SlowDown".*"remoteAddress":"127.0.0.30"/)
  t.equal((await httpGet(`${server.url}/bkt/one`, { from: '127.0.0.31' })).status, 200, 'another address')
  for (let i = 0; i < 5; i++) await ask(t, trackerPort, '/kept', { from: '127.0.0.30' })
  t.equal(
    (await httpGet({ port: trackerPort, path: announcePath('0'.repeat(40)) }, { from: '127.0.0.30' })).status,
    0,
    'the tracker just closes it'
  )
  t.equal(
    (await httpGet({ port: trackerPort, path: announcePath('0'.repeat(40)) }, { from: '127.0.0.31' })).status, 200
  )
})

t.test('so many requests of an address, behind a trusted proxy too, whose connections are not counted', async (t) => {
  const trackerPort = await freePort()
  const server = await startServer(t, {
    args: [
      ...args, '--max-connections-per-address', '5', '--max-requests-per-address', '8', '--trust-proxy', '127.0.0.40',
      '--tracker-port', String(trackerPort)
    ]
  })
  const by = (address: string, path = '/bkt/one') => httpGet(`${server.url}${path}`, {
    from: '127.0.0.40', headers: { 'x-forwarded-for': address }
  })
  for (let i = 0; i < 8; i++) {
    await ask(t, server.port, `/bkt/endless-${i}`, {
      from: '127.0.0.40', headers: `X-Forwarded-For: 2001:db8::${i}\r\n`
    })
  }
  await until('they are under way', () => store.endless === 8)
  const refused = await by('2001:db8::ffff')
  t.same(
    [refused.status, codeOf(refused.body), refused.headers['retry-after']],
    [503, 'SlowDown', '5'],
    'a /64 is one client'
  )
  t.equal((await by('2001:db8:0:1::1')).status, 200, 'the next /64 is another')
  t.equal((await by('192.0.2.1')).status, 200)
  t.equal((await by('2001:db8::ffff', `${SEED}/one`)).status, 0, 'a web seed is never told a 5xx')
  t.same(
    (await httpGet(`${server.url}/bkt/one`, {
      from: '127.0.0.41', headers: { 'x-forwarded-for': '2001:db8::1' }
    })).status,
    200,
    'who is no proxy is who it is'
  )
})

t.test('announces over UDP that wait for the store: those of one address are not all that may wait', async (t) => {
  const trackerPort = await freePort()
  const own = [...args, '--tracker-port', String(trackerPort), '--data-dir', t.testdir()]
  const before = await startServer(t, { args: own })
  const { infoHash } = await parsed((await httpGet(`${before.url}/bkt/announced?torrent`)).body)
  await before.stop()
  await startServer(t, { args: own }) // which knows that it was public, and has to ask whether it still is
  const many = await UdpTrackerClient.open(t, trackerPort, { from: '127.0.0.60' })
  const other = await UdpTrackerClient.open(t, trackerPort, { from: '127.0.0.61' })
  const [id, otherId] = [await many.connect(), await other.connect()]
  store.holdsAll = true
  t.teardown(() => { store.holdsAll = false })
  for (let i = 0; i < 1_200; i++) {
    many.send(announcePacket(id, infoHash))
    if (i % 50 === 0) await new Promise((resolve) => { setTimeout(resolve, 5) }) // or the kernel drops them
  }
  const asked = (): ServerResponse[] => store.held.filter(({ req }) => req.url?.includes('announced'))
  await until('the store is asked', () => asked().length > 0)
  t.equal(
    (await other.ask(announcePacket(otherId, '0'.repeat(40)))).readUInt32BE(),
    ACTION.error,
    'another address is answered'
  )
  t.ok(asked().every(({ closed }) => !closed), 'while the store has not been given up')
  for (const response of store.held.splice(0)) response.destroy()
})
