import bencode from 'bencode'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { decodeUri } from '../../src/s3/uri.js'
import { PathIndex } from '../../src/torrent/path-index.js'
import { prefixName, torrentPaths } from '../../src/torrent/torrent-paths.js'
import { bitTorrentClients } from '../support/bittorrent/clients.js'
import { contentAt } from '../support/content.js'
import { hostileKeys } from '../support/hostile-keys.js'
import { pieceHashesOf } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { tempDir } from '../support/torrent-check.js'

const PIECE_LENGTH = 16_384
const LENGTH = 5_000
const NAME = prefixName('bucket', 'a/50% ~_()/')

/** A web seed (BEP 19) of these files, and what it was asked that is none of them. */
async function webSeed (
  t: Test, paths: ReadonlyArray<readonly string[]>, content: Buffer
): Promise<{ torrent: string, lost: string[] }> {
  const index = new PathIndex(NAME, paths)
  const lost: string[] = []
  const server = createServer((request, response) => {
    const asked = request.url ?? ''
    const file = index.fileAt(decodeUri(asked.replace('/folder/', '')))
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    if (file === undefined) {
      lost.push(asked)
      response.writeHead(404).end()
      return
    }
    const bytes = content.subarray(file * LENGTH, (file + 1) * LENGTH)
      .subarray(Number(from), to === '' ? undefined : Number(to) + 1)
    const last = Number(from) + bytes.length - 1
    response.writeHead(206, { 'content-range': `bytes ${from}-${last}/${LENGTH}`, 'content-length': bytes.length })
    response.end(bytes)
  }).listen(0, '127.0.0.1')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  await once(server, 'listening')
  const torrent = join(tempDir(t), 'given.torrent')
  writeFileSync(torrent, bencode.encode({
    info: {
      files: paths.map((path) => ({ length: LENGTH, path })),
      name: NAME,
      'piece length': PIECE_LENGTH,
      pieces: Buffer.concat(await pieceHashesOf(content, PIECE_LENGTH))
    },
    'url-list': `http://127.0.0.1:${(server.address() as AddressInfo).port}/folder/`
  }))
  return { torrent, lost }
}

for (const client of bitTorrentClients.filter(({ hasWebSeeds }) => hasWebSeeds)) {
  for (const [what, keys] of [['hostile keys', hostileKeys(60, 11)], ['one key', ['a/b c.bin']]] as const) {
    t.test(`${client.name} asks for the files of ${what}`, async (t) => {
      if (!need(t, client.program)) return
      const paths = torrentPaths('', keys).map(({ path }) => path)
      const content = contentAt(3, 0, paths.length * LENGTH)
      const { torrent, lost } = await webSeed(t, paths, content)
      const dir = tempDir(t)
      const { ok, output } = await client.download(torrent, { dir, seconds: 60 })
      t.ok(ok, output.slice(-2_000))
      t.strictSame(lost, [])
      const files = paths.map((path) => readFileSync(join(dir, NAME, ...path)))
      t.ok(Buffer.concat(files).equals(content), 'and saves them at their paths')
    })
  }
}
