import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { torrentPaths } from '../../src/torrent/torrent-paths.js'
import { aria2 } from '../support/bittorrent/aria2.js'
import { libtorrent } from '../support/bittorrent/libtorrent.js'
import { qbittorrent } from '../support/bittorrent/qbittorrent.js'
import { rtorrent } from '../support/bittorrent/rtorrent.js'
import { runClient } from '../support/clients.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { createByLibtorrent, readTorrent } from '../support/libtorrent.js'
import type { LibtorrentView } from '../support/libtorrent.js'
import { padsOf, prefixObjects, savedFiles } from '../support/prefix-objects.js'
import { need, programPath } from '../support/programs.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { tempDir, transmissionInfoHash } from '../support/torrent-check.js'

const BLOCK = 16_384
const PIECE_LENGTH = 32_768
const SECONDS = 90
const SIZES = [
  1, BLOCK - 1, BLOCK, BLOCK + 1, PIECE_LENGTH - 1, PIECE_LENGTH, PIECE_LENGTH + 1, 3 * PIECE_LENGTH + BLOCK + 7,
  600 * PIECE_LENGTH + 1
]
const SEED = 99
const PREFIX = 'set/'

const origin = await startFaultyOrigin(t)
origin.bucket('bkt', { public: true })
for (const size of SIZES) origin.put('bkt', `${size}.bin`, { size, seed: SEED, public: true })
const objects = prefixObjects(150, 8_000_000, PIECE_LENGTH).filter(({ key }) => !key.endsWith('/'))
const byKey = new Map(objects.map((object) => [PREFIX + object.key, object]))
for (const [key, { seed, size }] of byKey) origin.put('bkt', key, { size, seed, public: true })
const expected = new Map(torrentPaths(PREFIX, [...byKey.keys()]).map(({ key, path }) => [
  path.join('/'), byKey.get(key) ?? { key, size: -1, seed: 0 }
]))

const dataDir = tempDir(t)
const start = async (peerPort: number, webSeed: 'self' | 'none'): Promise<Server> => startServer(t, {
  args: [
    '--origin', origin.endpoint, '--data-dir', dataDir, '--piece-length', String(PIECE_LENGTH),
    '--tracker-port', String(await freePort()), '--peer-port', String(peerPort), '--web-seed', webSeed
  ]
})
const [withWebSeed, withSeeder] = await Promise.all([start(0, 'self'), start(await freePort(), 'none')])

const WAYS = ['from the web seed', 'from the seeder', 'with a magnet link'] as const
type Format = 'hybrid' | 'v2'

/** What a client is given: `path` is an object, or a bucket with a prefix. */
async function sourceOf (path: string, format: Format, way: typeof WAYS[number]): Promise<string> {
  const url = `${(way === WAYS[0] ? withWebSeed : withSeeder).url}/bkt${path}&format=${format}`
  return way === WAYS[2] ? (await httpGet(`${url}&magnet`)).body.toString().trim() : url
}

const OF_PREFIX = `?torrent&prefix=${PREFIX}`

async function hybridPrefix (t: Test): Promise<{ torrent: Buffer, view: LibtorrentView }> {
  const { status, body } = await httpGet(await sourceOf(OF_PREFIX, 'hybrid', WAYS[0]))
  t.equal(status, 200)
  const view = await readTorrent(body)
  if ('error' in view) throw new Error(view.error)
  return { torrent: body, view }
}

function allSaved (t: Test, dir: string, others: string[] = []): void {
  const { right, ...saved } = savedFiles(join(dir, 'set'), expected)
  t.strictSame(saved, { wrong: [], missing: [], others })
  t.equal(right.length, expected.size)
}

// The downloads of one torrent follow one another, or they would be each other's seeders.
t.jobs = 3

for (const format of ['v2', 'hybrid'] as const) {
  t.test(`libtorrent downloads objects, ${format}`, async (t) => {
    if (!need(t, libtorrent.program)) return
    for (const size of format === 'v2' ? SIZES : SIZES.slice(-3)) {
      for (const way of WAYS) {
        const source = await sourceOf(`/${size}.bin?torrent`, format, way)
        if (way === WAYS[2]) t.match(source, format === 'v2' ? /^magnet:\?xt=urn:btmh:1220/ : /btih:.*&xt=urn:btmh:1220/)
        const dir = tempDir(t)
        const { ok, output } = await libtorrent.download(source, { dir, seconds: SECONDS })
        t.ok(ok, `${size} bytes ${way}`, { output })
        t.ok(ok && readFileSync(join(dir, `${size}.bin`)).equals(contentAt(SEED, 0, size)), 'byte for byte')
      }
    }
  })

  t.test(`libtorrent and qBittorrent download a prefix, ${format}`, async (t) => {
    if (!need(t, libtorrent.program, qbittorrent.program)) return
    for (const client of [libtorrent, qbittorrent]) {
      for (const way of WAYS) {
        const dir = tempDir(t)
        const { ok, output } = await client.download(await sourceOf(OF_PREFIX, format, way), { dir, seconds: SECONDS })
        t.ok(ok, `${client.name} ${way}`, { output: output.slice(-5_000) })
        if (ok) allSaved(t, dir)
      }
    }
  })
}

t.test('aria2 downloads a hybrid prefix from the web seed, pads and all', async (t) => {
  if (!need(t, aria2.program)) return
  const { torrent, view } = await hybridPrefix(t)
  const pads = padsOf(torrent)
  const [[pad, length] = ['', 0]] = pads
  const { status, body } = await httpGet(`${view.webSeeds[0] ?? ''}set/${pad}`)
  t.strictSame([status, body], [200, Buffer.alloc(length)], `${pad} is served`)
  const dir = tempDir(t)
  const { ok, output } = await aria2.download(
    await sourceOf(OF_PREFIX, 'hybrid', WAYS[0]), { dir, seconds: SECONDS }
  )
  t.ok(ok, 'it says that it has everything', { output: output.slice(-5_000) })
  allSaved(t, dir, [...pads.keys()].sort())
})

async function aria2Shows (t: Test, torrent: Uint8Array): Promise<string> {
  const file = join(tempDir(t), 'given.torrent')
  writeFileSync(file, torrent)
  return (await runClient(programPath('aria2c'), ['--no-conf', '-S', file], { seconds: 20 })).output
}

t.test('what they cannot', async (t) => {
  if (!need(t, aria2.program, rtorrent.program, libtorrent.program, 'transmission-show')) return
  const { torrent, view } = await hybridPrefix(t)
  const folder = tempDir(t)
  writeFileSync(join(folder, 'a'), contentAt(1, 0, 40_000))
  const theirs = await createByLibtorrent(folder, PIECE_LENGTH, 'hybrid', [{ path: 'a', size: 40_000 }])
  for (const [info, infoHash] of [
    [torrent, view.infoHash ?? ''],
    [Buffer.from(`${Buffer.from('d4:info').toString('hex')}${theirs.info}65`, 'hex'), theirs.infoHash ?? '']
  ] as const) {
    const shown = await aria2Shows(t, info)
    t.match(shown, /^Info Hash: [0-9a-f]{40}$/m)
    t.notMatch(shown, infoHash, 'aria2 reads another info hash in every hybrid, and so finds no peer')
  }
  const source = await sourceOf(OF_PREFIX, 'hybrid', WAYS[1])
  const { ok, output } = await rtorrent.download(source, { dir: tempDir(t), seconds: 8 })
  t.notOk(ok)
  t.match(output, 'Duplicate filename found', 'rtorrent takes no two pads of one length, which have one path')

  const version2 = (await httpGet(await sourceOf(OF_PREFIX, 'v2', WAYS[1]))).body
  t.notMatch(await aria2Shows(t, version2), 'Info Hash')
  for (const each of [torrent, version2]) {
    t.equal(await transmissionInfoHash(t, each), undefined, 'Transmission 3.00 reads neither')
  }
  for (const [format, way] of [['v2', WAYS[1]], ['v2', WAYS[2]], ['hybrid', WAYS[2]]] as const) {
    const { output } = await rtorrent.download(
      await sourceOf(OF_PREFIX, format, way), { dir: tempDir(t), seconds: SECONDS }
    )
    t.match(output, 'Could not create download', `rtorrent: ${format} ${way}`)
  }
})
