import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { Bandwidth } from '../../../src/delivery/bandwidth.js'
import { Pins } from '../../../src/delivery/pins.js'
import { PeerConnection } from '../../../src/swarm/seeder/peer-connection.js'
import type { FileTree } from '../../../src/torrent/hash-trees.js'
import { UploadSlots } from '../../../src/swarm/seeder/upload-slots.js'
import { libtorrent } from '../../support/bittorrent/libtorrent.js'
import { contentAt } from '../../support/content.js'
import { need } from '../../support/programs.js'
import { seededVersion2 } from '../../support/seeded-version2.js'
import { version2Torrent } from '../../support/version2.js'
import type { Version2Torrent } from '../../support/version2.js'

const SECONDS = 20

/** A port at which this torrent is seeded, by both info hashes. */
async function seeding (t: Test, file: Version2Torrent, content: Buffer): Promise<number> {
  const slots = new UploadSlots(4)
  const torrent = seededVersion2(file, content)
  const hashes = [file.infoHash1.toString('hex'), file.infoHash2.toString('hex', 0, 20)]
  const connections = new Set<PeerConnection>()
  const server = createServer((socket) => {
    connections.add(new PeerConnection(socket, {
      open: async (infoHash) => hashes.includes(infoHash) ? torrent : undefined,
      failed: (_, error) => { t.fail('it failed', { error }) },
      slots,
      delivery: {
        bandwidth: new Bandwidth({ total: 0, perClient: 0 }),
        counts: { read: 0, webSeed: 0, seeder: 0 },
        pins: new Pins(1)
      },
      peerId: Buffer.from('-XX0000-123456789012')
    }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const connection of connections) connection.close()
    slots.close()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

t.test('libtorrent downloads by a magnet link, which has no piece layers', async (t) => {
  if (!need(t, libtorrent.program)) return
  for (const [name, size, pieceLength, hybrid] of [
    ['one piece', 3 * 16_384, 65_536, false],
    ['a few pieces', 11 * 16_384, 32_768, false],
    ['a few pieces of both versions', 5 * 32_768 + 1, 32_768, true],
    ['more than 512 pieces that are blocks', 600 * 16_384, 16_384, false],
    ['more than 512 pieces', 1_399 * 16_384, 32_768, false],
    ['a piece more than 512', 1_025 * 16_384, 32_768, false],
    ['many pieces of both versions', 600 * 32_768 - 5, 32_768, true]
  ] as const) {
    await t.test(name, async (t) => {
      const content = contentAt(11, 0, size)
      const made = version2Torrent(content, { pieceLength, hybrid })
      let asked = 0
      const treeOf = (root: Buffer): FileTree | undefined => {
        asked++
        return made.trees.treeOf(root)
      }
      const file = { ...made, trees: { pieceLength, treeOf } }
      const port = await seeding(t, file, content)
      const dir = mkdtempSync(join(tmpdir(), 'object-torrent-version2-'))
      t.teardown(() => { rmSync(dir, { recursive: true, force: true }) })
      const versions = [
        `xt=urn:btmh:1220${file.infoHash2.toString('hex')}`,
        ...hybrid ? [`xt=urn:btih:${file.infoHash1.toString('hex')}`] : []
      ]
      const magnet = `magnet:?${versions.join('&')}&x.pe=127.0.0.1:${port}`
      const { ok, output } = await libtorrent.download(magnet, { dir, seconds: SECONDS })
      t.ok(ok, output)
      t.ok(readFileSync(join(dir, 'file')).equals(content))
      if (size <= pieceLength) t.equal(asked, 0, 'its root is in the info dictionary')
      else t.ok(asked >= Math.ceil(size / pieceLength / 512), `${asked} requests of 512 hashes at most`)
    })
  }
})
