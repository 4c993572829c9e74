import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MiB } from '../lib/bench.js'
import { get } from '../lib/client.js'
import { atMost, figure, ratio, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral } from '../lib/measure.js'
import { startNginx } from '../lib/nginx.js'
import { peakLine } from '../lib/peak-line.js'
import { peerSpeed } from '../lib/peer-download.js'
import { freePort } from '../lib/ports.js'
import { startServer } from '../lib/server.js'
import { startTransmission } from '../lib/transmission.js'

const BESIDE = 'transmission-daemon'
const UNITS = { ...SPEED, 'cold speed': SPEED.speed, 'cold processor': SPEED.processor, peak: 'MB' }

export const seeder = {
  name: 'seeder',
  what: 'seeder, 512 MiB, one libtorrent',
  needs: ['nginx', 'python3-libtorrent', 'transmission-daemon'],
  async run (bench) {
    const object = bench.content.random('seeded', bench.scaled(512 * MiB))
    const nginx = await startNginx(bench)
    const cacheBytes = Math.ceil(object.size * 1.25)
    const torrent = await torrentFile(bench, nginx.fast, object)
    const { ours, theirs } = await alternateSeveral(bench, UNITS, {
      ours: () => ourSpeeds(bench, nginx.fast, torrent, object, cacheBytes),
      theirs: () => transmissionSpeed(bench, torrent, object)
    })
    return [
      ratio({
        what: `${this.what}, cached: processor time`,
        ours: ours.processor,
        beside: BESIDE,
        theirs: theirs.processor,
        goal: atMost(1.5)
      }),
      speedRatio({ what: `${this.what}, cached`, ours, beside: BESIDE, theirs }),
      figure({
        what: `${this.what}, cold`, ours: ours['cold speed'], processor: { ours: ours['cold processor'] }
      }),
      peakLine(this.what, ours.peak, cacheBytes)
    ]
  }
}

async function torrentFile (bench, origin, object) {
  const server = await startServer(bench, { origin })
  const path = join(bench.folder('torrent'), 'seeded.torrent')
  writeFileSync(path, await get(server.torrentUrl(object)))
  await server.stop()
  return path
}

async function ourSpeeds (bench, origin, torrent, object, cacheBytes) {
  const port = await freePort()
  const server = await startServer(bench, {
    origin, args: ['--peer-port', String(port), '--cache-size', String(cacheBytes)]
  })
  await get(server.torrentUrl(object)) // it seeds what it has made a torrent of
  const seeder = { pid: server.pid, port }
  const cold = await peerSpeed(bench, seeder, torrent, object)
  const cached = await peerSpeed(bench, seeder, torrent, object)
  const peak = server.peakMemory()
  await server.stop()
  return { 'cold speed': cold.speed, 'cold processor': cold.processor, ...cached, peak }
}

async function transmissionSpeed (bench, torrent, object) {
  const transmission = await startTransmission(bench, torrent, object)
  const speed = await peerSpeed(bench, transmission, torrent, object)
  await transmission.stop()
  return speed
}
