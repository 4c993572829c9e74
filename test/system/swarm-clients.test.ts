import { createReadStream, statSync } from 'node:fs'
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import type { Test } from 'tap'
import { bitTorrentClients } from '../support/bittorrent/clients.js'
import { rtorrent } from '../support/bittorrent/rtorrent.js'
import { ceph } from '../support/ceph.js'
import { contentAt, contentStream } from '../support/content.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'

const SEED = 41
const SIZE = Number(process.env.OBJECT_TORRENT_TEST_SWARM_SIZE ?? 24_000_000)
const KEY = 'film.bin'
const LIMIT_SECONDS = 90

type Client = (typeof bitTorrentClients)[number]

t.test('five clients download a public object of Ceph', async (t) => {
  const store = ceph(t)
  if (store === undefined || !need(t, ...bitTorrentClients.map(({ program }) => program))) return
  const alice = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  const bucket = bucketName('swarm')
  await alice.send(new CreateBucketCommand({ Bucket: bucket }))
  await alice.send(new PutObjectCommand({
    Bucket: bucket, Key: KEY, Body: contentStream(SEED, SIZE), ContentLength: SIZE, ACL: 'public-read'
  }))

  // Two servers with one set of hashes: the torrents of one lead to the web seed and nobody else, those of the other to
  // the seeder.
  const common = ['--origin', store.endpoint, '--data-dir', tempDir(t), '--tracker-port']
  const withWebSeed = await startServer(t, { args: [...common, String(await freePort()), '--peer-port', '0'] })
  const peerPort = await freePort()
  const withSeeder = await startServer(t, {
    args: [...common, String(await freePort()), '--peer-port', String(peerPort), '--web-seed', 'none']
  })
  const url = ({ url }: Server): string => `${url}/${bucket}/${KEY}?torrent`

  const { infoHash, urlList: webSeeds, announce: trackers } = await torrentAt(t, url(withWebSeed))
  t.strictSame([webSeeds.length, trackers.length], [1, 2], 'a web seed, and a tracker that knows no peer')
  const seeded = await torrentAt(t, url(withSeeder))
  t.strictSame(
    [seeded.infoHash, seeded.urlList, seeded.announce.length],
    [infoHash, [], 2],
    'the same torrent, with a tracker alone'
  )
  const { status, body } = await httpGet(`${url(withSeeder)}&magnet`)
  t.equal(status, 200)
  const magnet = body.toString().trim()
  t.match(magnet, new RegExp(`^magnet:\\?.*xt=urn:btih:${infoHash}.*&tr=`))
  t.notMatch(magnet, '&ws=')

  const downloads = async (t: Test, client: Client, source: string): Promise<void> => {
    const dir = tempDir(t)
    const { ok, output } = await client.download(source, {
      dir, seconds: LIMIT_SECONDS, seeder: { port: peerPort, infoHash }
    })
    t.ok(ok, 'it says that it has everything', { output })
    await isContent(t, join(dir, KEY))
  }

  // Of the second chain one at a time, or they would be each other's seeders; of the first, all bytes are the web
  // seed's anyway.
  t.jobs = 2
  t.test('from the web seed', async (t) => {
    for (const client of bitTorrentClients.filter(({ hasWebSeeds }) => hasWebSeeds)) {
      await t.test(client.name, async (t) => {
        const before = webSeedAnswers(withWebSeed)
        await downloads(t, client, url(withWebSeed))
        t.ok(webSeedAnswers(withWebSeed) > before, 'the web seed has answered')
      })
    }

    await t.test('rtorrent has no web seeds', async (t) => {
      const dir = tempDir(t)
      const before = webSeedAnswers(withWebSeed)
      const { ok, output } = await rtorrent.download(url(withWebSeed), { dir, seconds: 8 })
      t.notOk(ok, 'it has not everything', { output })
      t.equal(statSync(join(dir, KEY)).size, 0, 'it has begun, and has nothing')
      t.equal(webSeedAnswers(withWebSeed), before, 'it has not asked the web seed')
    })
  })

  t.test('from the seeder', async (t) => {
    for (const client of bitTorrentClients) {
      await t.test(`${client.name}, with the URL of the torrent`, async (t) => downloads(t, client, url(withSeeder)))
      await t.test(`${client.name}, with a magnet link`, async (t) => downloads(t, client, magnet))
    }
    t.equal(webSeedAnswers(withSeeder), 0, 'no web seed has answered')
  })
})

async function torrentAt (t: Test, url: string): ReturnType<typeof parsed> {
  const { status, body } = await httpGet(url)
  t.equal(status, 200)
  return parsed(body)
}

/** So far; of very many, the last. */
function webSeedAnswers (server: Server): number {
  return server.stderr().split('"GetWebSeed"').length - 1
}

/** Byte for byte. */
async function isContent (t: Test, path: string): Promise<void> {
  let offset = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    if (!chunk.equals(contentAt(SEED, offset, chunk.length))) break
    offset += chunk.length
  }
  t.equal(offset, SIZE, 'byte for byte')
}
