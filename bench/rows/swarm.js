import { BUCKET } from '../lib/content.js'
import { atMost, figure, notRun, ratio } from '../lib/line.js'
import { alternateSeveral } from '../lib/measure.js'
import { HOST_ADDRESS, noNetwork, startNetwork } from '../lib/network.js'
import { startNginx } from '../lib/nginx.js'
import { freePort } from '../lib/ports.js'
import { run } from '../lib/process.js'
import { startServer } from '../lib/server.js'
import { downloadTogether } from '../lib/swarm.js'

const CLIENTS = 8
const MEGABYTES_PER_SECOND = 50
const BYTES = 500_000_000
const SHARES = { webSeed: 'by web seed', seeder: 'by our seeder', peers: 'between them', inVain: 'in vain' }
const UNITS = { read: '', webSeed: '', seeder: '', peers: '', inVain: '', seconds: 's' }

export const swarm = {
  name: 'swarm',
  what: `${CLIENTS} libtorrent with ${MEGABYTES_PER_SECOND} MB/s each, cold 500 MB at once`,
  needs: ['nginx', 'curl', 'ip', 'tc', 'python3-libtorrent'],
  async run (bench) {
    const why = noNetwork()
    if (why !== undefined) return [notRun(this.what, why)]
    const clients = startNetwork(bench, { clients: CLIENTS, megabytesPerSecond: MEGABYTES_PER_SECOND })
    const object = bench.content.random('swarm', bench.scaled(BYTES))
    const store = await startNginx(bench, HOST_ADDRESS)
    const { ours, theirs } = await alternateSeveral(bench, UNITS, {
      ours: () => downloadAtOnce(bench, clients, object),
      theirs: () => curlAtOnce(clients, `${store.fast}/${BUCKET}/${object.key}`, object)
    })
    return [
      figure({ what: `${this.what}: bytes read at the store / size`, ours: ours.read, goal: atMost(2) }),
      ...Object.entries(SHARES).map(([name, share]) => figure({
        what: `${this.what}: bytes ${share} / size`, ours: ours[name]
      })),
      ratio({
        what: `${this.what}: the slowest`,
        ours: ours.seconds,
        beside: `curl from the store, ${CLIENTS} at once`,
        theirs: theirs.seconds,
        goal: atMost(1.5)
      })
    ]
  }
}

async function downloadAtOnce (bench, clients, object) {
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

/** What the same clients need without a swarm: each reads the object from the store. */
async function curlAtOnce (clients, url, object) {
  const args = ['-sSf', '-o', '/dev/null', '-w', '%{size_download} %{time_total}', url]
  const downloads = await Promise.all(clients.map(({ within }) => run(...within('curl', args))))
  const seconds = downloads.map(({ stdout }) => {
    const [bytes, seconds] = stdout.split(' ').map(Number)
    if (bytes !== object.size) throw new Error(`curl has ${bytes} of ${object.size} bytes`)
    return seconds
  })
  return { seconds: Math.max(...seconds) }
}

function kindOf (source, server) {
  if (source === new URL(server.url).host) return 'webSeed'
  return source.startsWith(`${HOST_ADDRESS}:`) ? 'seeder' : 'peers'
}
