import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { prefixName, torrentPaths } from '../../src/torrent/torrent-paths.js'
import { bitTorrentClients } from '../support/bittorrent/clients.js'
import { rtorrent } from '../support/bittorrent/rtorrent.js'
import { ceph } from '../support/ceph.js'
import { contentAt } from '../support/content.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { padsOf, prefixObjects, savedFiles } from '../support/prefix-objects.js'
import type { PrefixObject } from '../support/prefix-objects.js'
import { need } from '../support/programs.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'

const SIZE = Number(process.env.OBJECT_TORRENT_TEST_PREFIX_SIZE ?? 24_000_000)
const OBJECTS = 200
const PIECE_LENGTH = 65_536
const PREFIX = 'sets/100% "of" C#/'
const LIMIT_SECONDS = 150

// transmission-cli begins a file with its first byte.
const SAVES_NO_EMPTY_FILE = new Set(['Transmission'])
// They do not know BEP 47: pads are files like others to them.
const SAVES_PADS = new Set(['aria2', 'Transmission', 'rtorrent'])

type Client = (typeof bitTorrentClients)[number]

const objects = prefixObjects(OBJECTS, SIZE, PIECE_LENGTH)
const byKey = new Map(objects.map((object) => [PREFIX + object.key, object]))
// What stands for a folder is in no torrent.
const keys = [...byKey.keys()].filter((key) => !(key.endsWith('/') && byKey.get(key)?.size === 0))
const expected = new Map<string, PrefixObject>(torrentPaths(PREFIX, keys).map(({ key, path }) => [
  path.join('/'), byKey.get(key) ?? { key, size: -1, seed: 0 }
]))
const empty = [...expected].filter(([, { size }]) => size === 0).map(([path]) => path)

t.test('five clients download all objects under a public prefix of Ceph', async (t) => {
  const store = ceph(t)
  if (store === undefined || !need(t, ...bitTorrentClients.map(({ program }) => program))) return
  const bucket = bucketName('prefix')
  await putAll(s3Client(t, { endpoint: store.endpoint, keyPair: store.alice }), bucket)

  // Servers with one set of hashes: the torrents of one lead to the web seed and nobody else, those of the others to
  // their own seeder, and to no client that has come from another.
  const dataDir = tempDir(t)
  const start = async (peerPort: number, webSeed: 'self' | 'none'): Promise<Server> => startServer(t, {
    args: [
      '--origin', store.endpoint, '--data-dir', dataDir, '--piece-length', String(PIECE_LENGTH),
      '--tracker-port', String(await freePort()), '--peer-port', String(peerPort), '--web-seed', webSeed
    ]
  })
  const [port, magnetPort] = [await freePort(), await freePort()]
  const [withWebSeed, withSeeder, withMagnet] = await Promise.all([
    start(0, 'self'), start(port, 'none'), start(magnetPort, 'none')
  ])
  const url = ({ url }: Server): string => `${url}/${bucket}?torrent&prefix=${encodeURIComponent(PREFIX)}`

  const torrent = await bodyOf(t, url(withWebSeed))
  const { infoHash, urlList, announce, name } = await parsed(torrent)
  t.strictSame([urlList.length, announce.length, name], [1, 2, prefixName(bucket, PREFIX)])
  const seeded = await parsed(await bodyOf(t, url(withSeeder)))
  t.strictSame(
    [seeded.infoHash, seeded.urlList, seeded.announce.length],
    [infoHash, [], 2],
    'the same torrent, with a tracker alone'
  )
  const magnet = (await bodyOf(t, `${url(withMagnet)}&magnet`)).toString().trim()
  t.match(magnet, new RegExp(`^magnet:\\?xt=urn:btih:${infoHash}&.*&tr=`))
  t.notMatch(magnet, '&ws=')
  const pads = [...padsOf(torrent).keys()].sort()
  t.ok(pads.length > 50 && pads.some((pad) => pad.endsWith('.2')), 'with pads, several of one length')

  const downloads = async (t: Test, client: Client, source: string, port: number): Promise<void> => {
    const dir = tempDir(t)
    const { ok, output } = await client.download(source, { dir, seconds: LIMIT_SECONDS, seeder: { port, infoHash } })
    t.ok(ok, 'it says that it has everything', { output: output.slice(-5_000) })
    const { right, wrong, missing, others } = savedFiles(join(dir, name), expected)
    const unsaved = SAVES_NO_EMPTY_FILE.has(client.name) ? empty : []
    t.strictSame({ wrong, missing }, { wrong: [], missing: unsaved })
    t.equal(right.length, expected.size - unsaved.length, 'all others are at their paths, byte for byte')
    t.strictSame(others, SAVES_PADS.has(client.name) ? pads : [], 'beside them there are the pads, or nothing')
  }

  // Of each chain of a seeder one at a time, or they would be each other's seeders.
  t.jobs = 3
  t.test('from the web seed', async (t) => {
    for (const client of bitTorrentClients.filter(({ hasWebSeeds }) => hasWebSeeds)) {
      await t.test(client.name, async (t) => {
        const before = webSeedAnswers(withWebSeed)
        await downloads(t, client, url(withWebSeed), 0)
        t.ok(webSeedAnswers(withWebSeed) > before, 'the web seed has answered')
      })
    }
    await t.test('rtorrent has no web seeds', async (t) => {
      const before = webSeedAnswers(withWebSeed)
      const { ok, output } = await rtorrent.download(url(withWebSeed), { dir: tempDir(t), seconds: 8 })
      t.notOk(ok, 'it has not everything', { output })
      t.equal(webSeedAnswers(withWebSeed), before, 'it has not asked the web seed')
    })
  })

  t.test('from the seeder', async (t) => {
    for (const client of bitTorrentClients) {
      await t.test(client.name, async (t) => downloads(t, client, url(withSeeder), port))
    }
    t.equal(webSeedAnswers(withSeeder), 0, 'no web seed has answered')
  })

  t.test('from the seeder, with a magnet link', async (t) => {
    for (const client of bitTorrentClients) {
      await t.test(client.name, async (t) => downloads(t, client, magnet, magnetPort))
    }
    t.equal(webSeedAnswers(withMagnet), 0, 'no web seed has answered')
  })
})

async function bodyOf (t: Test, url: string): Promise<Buffer> {
  const { status, body } = await httpGet(url, { timeoutMs: 300_000 })
  t.equal(status, 200)
  return body
}

/** Objects, and the right to list them, for everybody. */
async function putAll (s3: S3Client, bucket: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ACL: 'public-read' }))
  const left = [...byKey]
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [Key, { seed, size }] = next
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: contentAt(seed, 0, size), ACL: 'public-read' }))
    }
  }))
}

/** So far; of very many, the last. */
function webSeedAnswers (server: Server): number {
  return server.stderr().split('"GetWebSeed"').length - 1
}
