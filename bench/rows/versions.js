import { GiB } from '../lib/bench.js'
import { get } from '../lib/client.js'
import { atLeast, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral, speedOf } from '../lib/measure.js'
import { startNginx } from '../lib/nginx.js'
import { costOf } from '../lib/processor-time.js'
import { startServer } from '../lib/server.js'
import { checkTorrent } from '../lib/torrent.js'

export const versions = {
  name: 'versions',
  what: 'cold 1 GiB, nginx',
  needs: ['nginx'],
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const { fast: origin } = await startNginx(bench)
    const speeds = await alternateSeveral(bench, SPEED, {
      v1: () => speedIn(bench, origin, object, 'v1'),
      hybrid: () => speedIn(bench, origin, object, 'hybrid'),
      v2: () => speedIn(bench, origin, object, 'v2')
    })
    const beside = (format, goal) => speedRatio({
      what: `${this.what}, ${format}`, ours: speeds[format], theirs: speeds.v1, beside: 'ours, version 1', goal
    })
    return [beside('hybrid', atLeast(0.5)), beside('v2')]
  }
}

async function speedIn (bench, origin, object, format) {
  const server = await startServer(bench, { origin })
  const { done: torrent, ...cost } = await costOf(
    server.pid, () => get(`${server.torrentUrl(object)}&format=${format}`)
  )
  await server.stop()
  // Of version 2 the tests know more: it has no pieces.
  if (format !== 'v2') checkTorrent(torrent, object)
  return speedOf(object.size, cost)
}
