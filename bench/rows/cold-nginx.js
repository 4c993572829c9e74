import { createHash } from 'node:crypto'
import { GiB } from '../lib/bench.js'
import { atLeast, ratio } from '../lib/line.js'
import { alternate } from '../lib/measure.js'
import { compileLimit } from '../lib/native.js'
import { startNginx } from '../lib/nginx.js'
import { coldSpeed } from '../lib/server.js'
import { digestsOf, pieceLengthOf } from '../lib/torrent.js'

export const coldNginx = {
  name: 'cold-nginx',
  what: 'cold 1 GiB, nginx',
  needs: ['nginx', 'gcc', 'libssl-dev'],
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const nginx = await startNginx(bench)
    const limit = await compileLimit(bench)
    const speeds = await alternate(bench, 'MB/s', {
      ours: () => coldSpeed(bench, [object], { origin: nginx.fast }),
      theirs: () => limitSpeed(limit, nginx.fast, object)
    })
    return [
      ratio({ what: this.what, ...speeds, beside: 'limit of the machine: ranges and SHA-1 in C', goal: atLeast(0.85) })
    ]
  }
}

async function limitSpeed (limit, store, object) {
  const { seconds, sum } = await limit(store, object)
  const right = createHash('sha1').update(digestsOf(object, pieceLengthOf(object))).digest('hex')
  if (sum !== right) throw new Error('the limit of the machine hashes wrong')
  return object.size / 1e6 / seconds
}
