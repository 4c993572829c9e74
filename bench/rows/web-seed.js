import { GiB } from '../lib/bench.js'
import { get } from '../lib/client.js'
import { BUCKET } from '../lib/content.js'
import { downloadSpeed } from '../lib/download.js'
import { atLeast, atMost, ratio, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral } from '../lib/measure.js'
import { startCachingProxy } from '../lib/nginx-proxy.js'
import { startNginx } from '../lib/nginx.js'
import { oneStreamSpeed } from '../lib/one-stream.js'
import { peakLine } from '../lib/peak-line.js'
import { startServer } from '../lib/server.js'
import { webSeedOf } from '../lib/torrent.js'

const DOWNLOADS = { cold: 1, cached: 1, eight: 8 }
const COSTS = { cold: 'cold cost', cached: 'cached cost', eight: 'eight cost' }
const UNITS = { peak: 'MB' }
for (const [name, cost] of Object.entries(COSTS)) Object.assign(UNITS, { [name]: SPEED.speed, [cost]: SPEED.processor })
const BESIDE = 'nginx, proxy_cache and slice'

export const webSeed = {
  name: 'web-seed',
  what: 'web seed, 1 GiB',
  needs: ['nginx', 'nginx slice', 'curl', 'openssl'],
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const nginx = await startNginx(bench)
    const cacheBytes = Math.ceil(object.size * 1.25)
    const { ours, theirs } = await alternateSeveral(bench, UNITS, {
      ours: () => ourSpeeds(bench, nginx.fast, object, cacheBytes),
      theirs: () => proxySpeeds(bench, nginx.fast, object, cacheBytes)
    })
    const of = (spreads, name) => ({ speed: spreads[name], processor: spreads[COSTS[name]] })
    const line = (name, what, goal) => speedRatio({
      what: `${this.what}, ${what}`, ours: of(ours, name), beside: BESIDE, theirs: of(theirs, name), goal
    })
    return [
      line('cold', 'cold, one client', atLeast(1)),
      ratio({
        what: `${this.what}, cold, one client: processor time`,
        ours: ours[COSTS.cold],
        beside: BESIDE,
        theirs: theirs[COSTS.cold],
        goal: atMost(1)
      }),
      line('cached', 'cached, one client', atLeast(0.8)),
      line('eight', 'cached, eight clients at once', atLeast(0.8)),
      peakLine(this.what, ours.peak, cacheBytes)
    ]
  }
}

async function ourSpeeds (bench, origin, object, cacheBytes) {
  const server = await startServer(bench, { origin, args: ['--cache-size', String(cacheBytes)] })
  const url = webSeedOf(await get(server.torrentUrl(object)))
  const speeds = await allSpeeds(server.pid, url, object)
  const peak = server.peakMemory()
  await oneStreamSpeed(url, object) // which checks what is in memory
  await server.stop()
  return { ...speeds, peak }
}

async function proxySpeeds (bench, origin, object, cacheBytes) {
  const proxy = await startCachingProxy(bench, origin, cacheBytes)
  const speeds = await allSpeeds(proxy.pid, `${proxy.url}/${BUCKET}/${object.key}`, object)
  await proxy.stop()
  return speeds
}

async function allSpeeds (pid, url, object) {
  /** @type {Record<string, number>} */
  const speeds = {}
  for (const [name, clients] of Object.entries(DOWNLOADS)) {
    const { speed, processor } = await downloadSpeed(pid, url, object, clients)
    Object.assign(speeds, { [name]: speed, [COSTS[name]]: processor })
  }
  return speeds
}
