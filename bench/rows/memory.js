import { GiB, MiB } from '../lib/bench.js'
import { get } from '../lib/client.js'
import { atMost, figure, ratio } from '../lib/line.js'
import { alternate } from '../lib/measure.js'
import { startNginx } from '../lib/nginx.js'
import { startServer } from '../lib/server.js'
import { checkTorrent } from '../lib/torrent.js'

export const memory = {
  name: 'memory',
  what: 'peak memory, 4.9 GiB, nginx',
  needs: ['nginx'],
  rounds: 3,
  async run (bench) {
    const big = bench.content.sparse('big', bench.scaled(Math.floor(4.9 * GiB)))
    const small = bench.content.sparse('small', bench.scaled(256 * MiB))
    const nginx = await startNginx(bench)
    const { ours, theirs } = await alternate(bench, 'MB', {
      ours: () => peakMemory(bench, nginx, big),
      theirs: () => peakMemory(bench, nginx, small)
    })
    return [
      ratio({ what: this.what, ours, beside: 'ours at 256 MiB', theirs, goal: atMost(1.15) }),
      figure({ what: this.what, ours, goal: atMost(250, 'MB') })
    ]
  }
}

async function peakMemory (bench, nginx, object) {
  const server = await startServer(bench, { origin: nginx.fast })
  const torrent = await get(server.torrentUrl(object))
  const megabytes = server.peakMemory()
  await server.stop()
  checkTorrent(torrent, object)
  return megabytes
}
