import { GiB, MiB } from '../lib/bench.js'
import { BUCKET } from '../lib/content.js'
import { downloadSpeed } from '../lib/download.js'
import { atLeast, atMost, ratio, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral, spread } from '../lib/measure.js'
import { startProxy } from '../lib/nginx-proxy.js'
import { startNginx } from '../lib/nginx.js'
import { oneStreamSpeed } from '../lib/one-stream.js'
import { peakLine } from '../lib/peak-line.js'
import { startServer } from '../lib/server.js'

const BESIDE = 'nginx, proxy_pass'
const CACHE_BYTES = 64 * MiB // GetObject keeps nothing

export const getObject = {
  name: 'get-object',
  what: 'GetObject, 1 GiB, one client',
  needs: ['nginx', 'curl', 'openssl'],
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const nginx = await startNginx(bench)
    const server = await startServer(bench, { origin: nginx.fast, args: ['--cache-size', String(CACHE_BYTES)] })
    const proxy = await startProxy(bench, nginx.fast)
    const path = `/${BUCKET}/${object.key}`
    const largeProxy = await startProxy(bench, nginx.fast, { large: true })
    const { ours, theirs, large } = await alternateSeveral(bench, SPEED, {
      ours: () => downloadSpeed(server.pid, `${server.url}${path}`, object),
      theirs: () => downloadSpeed(proxy.pid, `${proxy.url}${path}`, object),
      large: () => downloadSpeed(largeProxy.pid, `${largeProxy.url}${path}`, object)
    })
    const peak = spread('MB', [server.peakMemory()])
    await oneStreamSpeed(`${server.url}${path}`, object) // which checks the bytes
    return [
      speedRatio({ what: this.what, ours, beside: BESIDE, theirs, goal: atLeast(1) }),
      ratio({
        what: `${this.what}: processor time`,
        ours: ours.processor,
        beside: BESIDE,
        theirs: theirs.processor,
        goal: atMost(1)
      }),
      speedRatio({ what: this.what, ours, beside: `${BESIDE}, buffers of 64 KiB`, theirs: large }),
      peakLine(this.what, peak, CACHE_BYTES)
    ]
  }
}
