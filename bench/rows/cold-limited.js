import { GiB } from '../lib/bench.js'
import { BUCKET } from '../lib/content.js'
import { atLeast, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral } from '../lib/measure.js'
import { LIMITED_MB_PER_SECOND, startNginx } from '../lib/nginx.js'
import { oneStreamSpeed } from '../lib/one-stream.js'
import { coldSpeed } from '../lib/server.js'

export const coldLimited = {
  name: 'cold-limited',
  what: `cold 1 GiB, nginx at ${LIMITED_MB_PER_SECOND} MB/s a connection`,
  needs: ['nginx', 'curl', 'openssl'],
  rounds: 3,
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const nginx = await startNginx(bench)
    const speeds = await alternateSeveral(bench, SPEED, {
      ours: () => coldSpeed(bench, [object], { origin: nginx.limited }),
      theirs: () => oneStreamSpeed(`${nginx.limited}/${BUCKET}/${object.key}`, object)
    })
    return [
      speedRatio({ what: this.what, ...speeds, beside: 'one stream: curl to openssl sha1', goal: atLeast(6) })
    ]
  }
}
