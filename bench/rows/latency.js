import { GiB, MiB } from '../lib/bench.js'
import { get } from '../lib/client.js'
import { keepHashing } from '../lib/keep-hashing.js'
import { atMost, figure } from '../lib/line.js'
import { alternate } from '../lib/measure.js'
import { compileLoad } from '../lib/native.js'
import { startNginx } from '../lib/nginx.js'
import { startServer } from '../lib/server.js'
import { checkTorrent } from '../lib/torrent.js'

const HASHED_AT_ONCE = 4
const CONNECTIONS = 4
const SECONDS = 5

export const latencyNginx = {
  name: 'latency-nginx',
  what: 'p99 of stored answers while all cores hash, nginx',
  needs: ['gcc', 'nginx'],
  async run (bench) {
    const nginx = await startNginx(bench)
    return [await whileHashing(bench, this.what, nginx.fast)]
  }
}

export const latencyDirectory = {
  name: 'latency-directory',
  what: 'p99 of stored answers while all cores hash, directory',
  needs: ['gcc'],
  async run (bench) {
    return [await whileHashing(bench, this.what, bench.content.dir)]
  }
}

async function whileHashing (bench, what, origin) {
  const stored = bench.content.random('stored-10', bench.scaled(16 * MiB))
  const cold = bench.content.random('object', bench.scaled(GiB))
  const seconds = bench.quick ? 2 : SECONDS
  const load = await compileLoad(bench)
  const server = await startServer(bench, { origin })
  checkTorrent(await get(server.torrentUrl(stored)), stored)

  const hashing = keepHashing(bench, server, cold, HASHED_AT_ONCE)
  const speeds = []
  const { ours } = await alternate(bench, 'ms', {
    ours: async () => {
      const before = hashing.hashed()
      const { p99 } = await load({
        url: server.url, method: 'GET', objects: [stored], query: '?torrent', connections: CONNECTIONS, seconds
      })
      speeds.push((hashing.hashed() - before) / 1e6 / seconds)
      return p99
    }
  })
  await hashing.stop()
  const slowest = Math.min(...speeds)
  if (slowest === 0) throw new Error('nothing was hashed meanwhile')
  return figure({ what, ours, beside: `${slowest.toFixed(0)} MB/s hashed meanwhile, or more`, goal: atMost(50, 'ms') })
}
