import { GiB } from '../lib/bench.js'
import { atLeast, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral } from '../lib/measure.js'
import { startNginx } from '../lib/nginx.js'
import { coldSpeed } from '../lib/server.js'

const OBJECTS = 100

export const manyObjects = {
  name: 'many-objects',
  what: '100 cold objects of 10 MB at once, nginx',
  needs: ['nginx'],
  async run (bench) {
    const objects = Array.from(
      { length: OBJECTS }, (_, i) => bench.content.random(`many-${i}`, bench.scaled(10_000_000))
    )
    const one = bench.content.random('object', bench.scaled(GiB))
    const nginx = await startNginx(bench)
    const speeds = await alternateSeveral(bench, SPEED, {
      ours: () => coldSpeed(bench, objects, { origin: nginx.fast }),
      theirs: () => coldSpeed(bench, [one], { origin: nginx.fast })
    })
    return [speedRatio({ what: this.what, ...speeds, beside: 'ours with one object of 1 GiB', goal: atLeast(0.9) })]
  }
}
