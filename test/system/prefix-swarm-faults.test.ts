import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { libtorrent } from '../support/bittorrent/libtorrent.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'
import { until } from '../support/until.js'
import { handshake } from '../support/wire-peer.js'

const SIZE = 3_000_000
const BLOCK = 16_384
const OBJECTS = 10

const origin = await startFaultyOrigin(t)
origin.bucket('bkt', { public: true })
const [tracker, peer] = [await freePort(), await freePort()]
const server = await startServer(t, {
  args: [
    '--origin', origin.endpoint, '--tracker-port', String(tracker), '--peer-port', String(peer),
    '--upload-limit-per-client', '400000'
  ]
})

async function announce (infoHash: string): Promise<string> {
  const { body } = await httpGet(
    `http://127.0.0.1:${tracker}/announce?info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=-XX0000-123456789012&` +
    'port=6999&left=5'
  )
  return body.toString('latin1')
}

/** A peer that has said which torrent it wants, and how many bytes it was answered. */
function greeter (t: Test, infoHash: string): { closed: Promise<unknown>, received: () => number } {
  const socket = connect(peer, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  let received = 0
  socket.on('error', () => {}).on('data', (bytes: Buffer) => { received += bytes.length })
  const closed = once(socket, 'close')
  socket.write(handshake(infoHash))
  return { closed, received: () => received }
}

const torrentAt = async (path: string) => parsed((await httpGet(`${server.url}/bkt${path}`)).body)
const part = (url: string) => httpGet(url, { headers: { range: 'bytes=0-9' } })

/** What of a file is neither the bytes of its object nor a hole. */
function foreignBlocks (file: string, seed: number): number[] {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  const foreign: number[] = []
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK)
    if (!block.equals(contentAt(seed, at, block.length)) && block.some((byte) => byte !== 0)) foreign.push(at)
  }
  return foreign
}

const WAYS: Record<string, (key: string, seed: number) => void> = {
  replaced: (key, seed) => { origin.put('bkt', key, { size: SIZE, seed: seed + 100, public: true }) },
  'made private': (key, seed) => { origin.put('bkt', key, { size: SIZE, seed }) },
  deleted: (key) => { origin.remove('bkt', key) }
}

t.jobs = 3

for (const [number, [how, change]] of Object.entries(WAYS).entries()) {
  t.test(`an object of a prefix is ${how} while a swarm runs`, async (t) => {
    if (!need(t, libtorrent.program)) return
    const prefix = `set${number}/`
    const seedOf = (i: number): number => 20 * number + i
    const keyOf = (i: number): string => `${prefix}${i}.bin`
    for (let i = 0; i < OBJECTS; i++) origin.put('bkt', keyOf(i), { size: SIZE, seed: seedOf(i), public: true })
    const { infoHash, urlList: [seed = ''], name } = await torrentAt(`?torrent&prefix=${prefix}`)
    const fileUrl = (i: number): string => `${seed}${name}/${i}.bin`
    const greeted = greeter(t, infoHash)
    await until('the handshake', () => greeted.received() >= 68)

    /** The number of an object of which bytes were read since then. */
    const readSince = (request: number): number[] => origin.requests.slice(request).flatMap(
      ({ method, url, bytesSent }) => {
        const [, i] = new RegExp(`^/bkt/${prefix}(\\d)\\.bin`).exec(url) ?? []
        return method === 'GET' && bytesSent >= BLOCK && i !== undefined ? [Number(i)] : []
      }
    )
    const hashed = origin.requests.length
    const dir = tempDir(t)
    const downloading = libtorrent.download(`${server.url}/bkt?torrent&prefix=${prefix}`, { dir, seconds: 45 })
    const victim = await until('libtorrent is given bytes', () => readSince(hashed)[0])
    const neighbour = (victim + 1) % OBJECTS
    const other = await torrentAt(`/${keyOf(neighbour)}?torrent`)
    for (const each of [infoHash, other.infoHash]) t.match(await announce(each), /^d8:complete/)
    t.equal((await part(fileUrl(victim))).status, 206)

    change(keyOf(victim), seedOf(victim))
    const changed = origin.requests.length
    const refused = await part(fileUrl(victim))
    t.strictSame([refused.status, /<Code>(.*)<\/Code>/.exec(refused.body.toString())?.[1]], [404, 'NoSuchKey'], 'at once')
    t.equal((await part(fileUrl(neighbour))).status, 206, 'the others are given as before')

    await Promise.all([
      greeted.closed,
      until('the tracker refuses', async () => (await announce(infoHash)).includes('failure reason'))
    ])
    const again = greeter(t, infoHash)
    await again.closed
    t.equal(again.received(), 0, 'who connects now is not answered')
    t.match(await announce(other.infoHash), /^d8:complete/, 'the torrent of another object is as it was')
    const { status, body } = await httpGet(other.urlList[0] ?? '', { timeoutMs: 60_000, from: `127.0.${number}.2` })
    t.ok(status === 200 && body.equals(contentAt(seedOf(neighbour), 0, SIZE)), 'and its bytes')

    const { ok } = await downloading
    t.notOk(ok, 'libtorrent cannot have everything')
    t.strictSame(
      foreignBlocks(join(dir, name, `${victim}.bin`), seedOf(victim)), [], 'it has no byte of another version'
    )
    t.notOk(readSince(changed).includes(victim), 'nor was one read for anybody')
  })
}
