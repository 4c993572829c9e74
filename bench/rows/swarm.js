import { atMost, figure, notRun } from '../lib/line.js'
import { alternate, spread } from '../lib/measure.js'
import { HOST_ADDRESS, noNetwork, startNetwork } from '../lib/network.js'
import { startNginx } from '../lib/nginx.js'
import { freePort } from '../lib/ports.js'
import { startServer } from '../lib/server.js'
import { downloadTogether } from '../lib/swarm.js'

const CLIENTS = 8
const MEGABYTES_PER_SECOND = 50
const BYTES = 500_000_000
const SHARES = { webSeed: 'by web seed', seeder: 'by our seeder', peers: 'between them', inVain: 'in vain' }

export const swarm = {
  name: 'swarm',
  what: `${CLIENTS} libtorrent with ${MEGABYTES_PER_SECOND} MB/s each, cold 500 MB at once`,
  needs: ['nginx', 'ip', 'tc', 'python3-libtorrent'],
  rounds: 3,
  async run (bench) {
    const why = noNetwork()
    if (why !== undefined) return [notRun(this.what, why)]
    const clients = startNetwork(bench, { clients: CLIENTS, megabytesPerSecond: MEGABYTES_PER_SECOND })
    /** @type {Array<Record<string, number>>} */
    const downloads = []
    const { ours } = await alternate(bench, '', {
      ours: async () => {
        /** @type {Record<string, number>} */
        const download = await downloadAtOnce(bench, clients)
        bench.say(Object.entries(SHARES).map(([name, share]) => `${share} ${download[name].toFixed(2)}`).join(', '))
        downloads.push(download)
        return download.read
      }
    })
    const each = (name, unit = '') => spread(
      unit, downloads.slice(-ours.samples.length).map((download) => download[name])
    )
    return [
      figure({ what: `${this.what}: bytes read at the store / size`, ours, goal: atMost(2) }),
      ...Object.entries(SHARES).map(([name, share]) => figure({
        what: `${this.what}: bytes ${share} / size`, ours: each(name)
      })),
      figure({
        what: `${this.what}: the slowest`,
        ours: each('seconds', 's'),
        beside: `${BYTES / 1e6 / MEGABYTES_PER_SECOND} s at full speed`
      })
    ]
  }
}

async function downloadAtOnce (bench, clients) {
  const object = bench.content.random('swarm', bench.scaled(BYTES))
  const nginx = await startNginx(bench) // whose log begins empty
  const args = [
    '--host', HOST_ADDRESS, '--tracker-port', String(await freePort()), '--peer-port', String(await freePort())
  ]
  const server = await startServer(bench, { origin: nginx.counting, args })
  const { seconds, sources, inVain } = await downloadTogether(bench, clients, server.torrentUrl(object), object)
  await server.stop()
  const read = await nginx.sentBytes(object)
  const bytes = { read, webSeed: 0, seeder: 0, peers: 0, inVain }
  for (const [source, count] of sources) bytes[kindOf(source, server)] += count
  return {
    ...Object.fromEntries(Object.entries(bytes).map(([name, count]) => [name, count / object.size])),
    seconds: Math.max(...seconds)
  }
}

function kindOf (source, server) {
  if (source === new URL(server.url).host) return 'webSeed'
  return source.startsWith(`${HOST_ADDRESS}:`) ? 'seeder' : 'peers'
}
