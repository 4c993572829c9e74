import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bitTorrentClients } from '../support/bittorrent/clients.js'
import { contentAt } from '../support/content.js'
import type { Faults } from '../support/faults.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'

const SIZE = 8_000_000
const SECONDS = 90

const origin = await startFaultyOrigin(t)
const peerPort = await freePort()
const server = await startServer(t, {
  args: ['--origin', origin.endpoint, '--tracker-port', String(await freePort()), '--peer-port', String(peerPort)]
})
const urlOf = (key: string): string => `${server.url}/bkt/${key}?torrent`

t.jobs = 5

t.test('F2, F5: all clients finish while the origin breaks off, refuses, and stalls', async (t) => {
  if (!need(t, ...bitTorrentClients.map(({ program }) => program))) return
  await Promise.all(bitTorrentClients.map(async (client, i) => {
    const key = `${client.name}.bin`
    const object = origin.put('bkt', key, { size: SIZE, seed: i, public: true })
    const { infoHash } = await parsed((await httpGet(urlOf(key))).body)
    const before = origin.requests.filter(({ url }) => url.startsWith(`/bkt/${key}`)).length
    Object.assign(
      object.faults,
      { cutAfter: 700_000, times: 6, refusedTurns: { status: 503, turns: 'ARAA', next: 0 } } satisfies Faults
    )
    const dir = tempDir(t)
    const { ok, output } = await client.download(urlOf(key), {
      dir, seconds: SECONDS, seeder: { port: peerPort, infoHash }
    })
    t.ok(ok, `${client.name} has everything`, { output })
    t.ok(readFileSync(join(dir, key)).equals(contentAt(i, 0, SIZE)), `${client.name}: byte for byte`)
    t.ok((object.faults.times ?? 0) < 6 && (object.faults.refusedTurns?.next ?? 0) > 2, `${client.name} met the faults`)
    t.ok(origin.requests.filter(({ url }) => url.startsWith(`/bkt/${key}`)).length > before + 8)
  }))
})

t.test('F7: once the object has changed, no client gets a byte of the new one', async (t) => {
  if (!need(t, ...bitTorrentClients.map(({ program }) => program))) return
  await Promise.all(bitTorrentClients.map(async (client, i) => {
    const key = `changed-${client.name}.bin`
    origin.put('bkt', key, { size: SIZE, seed: 20 + i, public: true })
    const torrent = (await httpGet(urlOf(key))).body
    const { infoHash } = await parsed(torrent)
    const changed = origin.put('bkt', key, { size: SIZE, seed: 30 + i, public: true })
    const file = join(tempDir(t), 'given.torrent')
    writeFileSync(file, torrent)
    const { ok } = await client.download(file, { dir: tempDir(t), seconds: 10, seeder: { port: peerPort, infoHash } })
    t.notOk(ok, `${client.name} cannot have everything`)
    t.equal(changed.bytesSent, 0, `${client.name}: not a byte of the new object was read for it`)
  }))
})
