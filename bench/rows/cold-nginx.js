import { GiB } from '../lib/bench.js'
import { atLeast, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral, speedOf } from '../lib/measure.js'
import { checkSum, compileLimit } from '../lib/native.js'
import { startNginx } from '../lib/nginx.js'
import { coldSpeed } from '../lib/server.js'

export const coldNginx = {
  name: 'cold-nginx',
  what: 'cold 1 GiB, nginx',
  needs: ['nginx', 'gcc', 'libssl-dev'],
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const nginx = await startNginx(bench)
    const limit = await compileLimit(bench)
    const speeds = await alternateSeveral(bench, SPEED, {
      ours: () => coldSpeed(bench, [object], { origin: nginx.fast }),
      theirs: async () => speedOf(object.size, checkSum(await limit(nginx.fast, object), object))
    })
    return [
      speedRatio({
        what: this.what, ...speeds, beside: 'limit of the machine: ranges and SHA-1 in C', goal: atLeast(0.85)
      })
    ]
  }
}
