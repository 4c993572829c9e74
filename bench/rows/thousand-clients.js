import { MiB } from '../lib/bench.js'
import { connection, get } from '../lib/client.js'
import { atMost, figure } from '../lib/line.js'
import { alternate } from '../lib/measure.js'
import { startNginx } from '../lib/nginx.js'
import { startServer } from '../lib/server.js'
import { checkTorrent } from '../lib/torrent.js'

const CLIENTS = 1000

export const thousandClients = {
  name: 'thousand-clients',
  what: '1,000 clients at once, cold 512 MiB: bytes read at the store / size',
  needs: ['nginx'],
  rounds: 3,
  async run (bench) {
    const { ours } = await alternate(bench, '', { ours: () => timesRead(bench) })
    return [figure({ what: this.what, ours, goal: atMost(1.02) })]
  }
}

async function timesRead (bench) {
  const object = bench.content.random('shared', bench.scaled(512 * MiB))
  const nginx = await startNginx(bench) // whose log begins empty
  // The clients of this one address stand for as many addresses.
  const args = ['--max-connections-per-address', '0', '--max-requests-per-address', '0']
  const server = await startServer(bench, { origin: nginx.counting, args })
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => connection(server.url)))
  const torrents = await Promise.all(sockets.map((socket) => get(server.torrentUrl(object), { socket })))
  await server.stop()
  checkTorrent(torrents[0], object)
  if (!torrents.every((torrent) => torrent.equals(torrents[0]))) {
    throw new Error(`${CLIENTS} clients did not get the same torrent`)
  }
  return await nginx.sentBytes(object) / object.size
}
