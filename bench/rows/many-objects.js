import { GiB } from '../lib/bench.js'
import { get } from '../lib/client.js'
import { atLeast, ratio } from '../lib/line.js'
import { alternate, secondsOf } from '../lib/measure.js'
import { startNginx } from '../lib/nginx.js'
import { coldSpeed, startServer } from '../lib/server.js'
import { checkTorrent } from '../lib/torrent.js'

const OBJECTS = 100

export const manyObjects = {
  name: 'many-objects',
  what: '100 cold objects of 10 MB at once, nginx',
  needs: ['nginx'],
  async run (bench) {
    const objects = Array.from({ length: OBJECTS }, (_, i) => bench.content.random(`many-${i}`, bench.scaled(10_000_000)))
    const one = bench.content.random('object', bench.scaled(GiB))
    const nginx = await startNginx(bench)
    const speeds = await alternate(bench, 'MB/s', {
      ours: () => coldSpeedAtOnce(bench, objects, nginx.fast),
      theirs: () => coldSpeed(bench, one, { origin: nginx.fast })
    })
    return [ratio({ what: this.what, ...speeds, beside: 'ours with one object of 1 GiB', goal: atLeast(0.8) })]
  }
}

async function coldSpeedAtOnce (bench, objects, origin) {
  const server = await startServer(bench, { origin })
  let torrents
  const seconds = await secondsOf(async () => {
    torrents = await Promise.all(objects.map(object => get(server.torrentUrl(object))))
  })
  await server.stop()
  objects.forEach((object, i) => checkTorrent(torrents[i], object))
  return objects.reduce((sum, { size }) => sum + size, 0) / 1e6 / seconds
}
