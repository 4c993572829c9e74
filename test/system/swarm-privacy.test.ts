import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const SIZE = 30_000_000
const LIMIT_MS = 60_000

const origin = await startFaultyOrigin(t)
const [tracker, peer] = [await freePort(), await freePort()]
const server = await startServer(t, {
  args: [
    '--origin', origin.endpoint, '--tracker-port', String(tracker), '--peer-port', String(peer),
    '--upload-limit-per-client', '200000'
  ]
})

const announce = async (infoHash: string): Promise<string> =>
  (await httpGet(
    `http://127.0.0.1:${tracker}/announce?info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=-XX0000-123456789012&` +
    'port=6999&left=5'
  )).body.toString('latin1')

/** A peer that has said who it is, and what it was answered. */
async function handshaken (infoHash: string) {
  const socket = connect(peer, '127.0.0.1')
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  let received = 0
  socket.on('data', (bytes: Buffer) => { received += bytes.length })
  const closed = once(socket, 'close')
  socket.write(Buffer.concat([
    Buffer.from('\u0013BitTorrent protocol'), Buffer.alloc(8), Buffer.from(infoHash, 'hex'),
    Buffer.from('-XX0000-123456789012')
  ]))
  return { closed, received: () => received }
}

t.test('an object made private while a swarm runs: tracker, seeder and web seed stop within a minute', async (t) => {
  const put = (isPublic: boolean) => origin.put('bkt', 'film.bin', { size: SIZE, seed: 1, public: isPublic })
  put(true)
  const { infoHash, urlList } = await parsed((await httpGet(`${server.url}/bkt/film.bin?torrent`)).body)
  const seed = urlList[0] ?? ''
  t.match(await announce(infoHash), /^d8:complete/)
  const connected = await handshaken(infoHash)
  await until('the handshake', () => connected.received() >= 68)
  const running = httpGet(seed, { timeoutMs: 2 * LIMIT_MS })
  await sleep(500)

  put(false)
  t.equal(
    (await httpGet(seed, { headers: { range: 'bytes=0-9' } })).status, 404, 'a new request to the web seed, at once'
  )
  const [broken] = await Promise.all([
    running,
    connected.closed,
    until('the tracker refuses', async () => (await announce(infoHash)).includes('failure reason'))
  ])
  t.notOk(broken.complete)
  t.ok(
    broken.body.length < SIZE / 2 && broken.body.equals(contentAt(1, 0, broken.body.length)),
    `the answer under way ended after ${broken.body.length} bytes`
  )
  t.equal(
    (await announce(infoHash)),
    'd14:failure reason33:This tracker has no such torrent.8:retry ini15ee',
    'as of one that was never there'
  )
  const again = await handshaken(infoHash)
  await again.closed
  t.equal(again.received(), 0, 'who connects now is not answered')

  put(true)
  await httpGet(`${server.url}/bkt/film.bin?torrent`)
  t.match(await announce(infoHash), /^d8:complete/, 'and once its torrent is answered again, it is there again')
})

t.test('a private object has no swarm from the start', async (t) => {
  const env = { AWS_ACCESS_KEY_ID: 'OWN', AWS_SECRET_ACCESS_KEY: 'secret' }
  const publicTwin = origin.put('bkt', 'twins/film.bin', { size: 100_000, seed: 2, public: true })
  const { infoHash } = await parsed((await httpGet(`${server.url}/bkt/twins/film.bin?torrent`)).body)
  t.match(await announce(infoHash), /^d8:complete/)
  // The same bytes under the same name: one info hash, and another object that nobody may read.
  const [ownTracker, ownPeer] = [await freePort(), await freePort()]
  origin.put('closed', 'film.bin', { size: 100_000, seed: 2 })
  const own = await startServer(t, {
    args: ['--origin', origin.endpoint, '--tracker-port', String(ownTracker), '--peer-port', String(ownPeer)], env
  })
  const { signWithBotocore } = await import('../support/botocore.js')
  const [signed] = signWithBotocore(
    [{
      scheme: 'v4',
      method: 'GET',
      url: `${own.url}/closed/film.bin?torrent`,
      accessKeyId: 'OWN',
      secretAccessKey: 'secret'
    }]
  )
  const torrent = await parsed((await httpGet(String(signed?.url), { headers: signed?.headers ?? {} })).body)
  t.strictSame(
    [torrent.infoHash, torrent.urlList, torrent.announce],
    [infoHash, [], []],
    'its torrent names neither web seed nor tracker'
  )
  const there = async (): Promise<string> =>
    (await httpGet(
      `http://127.0.0.1:${ownTracker}/announce?info_hash=${infoHash.replace(/../g, '%$&')}&` +
      'peer_id=-XX0000-123456789012&port=6999&left=5'
    )).body.toString('latin1')
  t.match(await there(), /failure reason/)
  const socket = connect(ownPeer, '127.0.0.1').end(Buffer.concat(
    [Buffer.from('\u0013BitTorrent protocol'), Buffer.alloc(8), Buffer.from(infoHash, 'hex'), Buffer.alloc(20, 'x')]
  ))
  t.strictSame(await socket.toArray(), [], 'nor is a handshake answered')
  await httpGet(`${own.url}/bkt/twins/film.bin?torrent`)
  t.match(await there(), /^d8:complete/, 'until the public twin has been asked for')
  t.ok(publicTwin.bytesSent > 0)
})
