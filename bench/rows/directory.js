import { GiB, MiB } from '../lib/bench.js'
import { atLeast, ratio, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral, speedOf } from '../lib/measure.js'
import { checkSum, compileFileLimit } from '../lib/native.js'
import { run } from '../lib/process.js'
import { coldSpeed } from '../lib/server.js'

export const directory = {
  name: 'directory',
  what: 'cold 1 GiB, directory',
  needs: ['openssl', 'gcc', 'libssl-dev'],
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const fileLimit = await compileFileLimit(bench)
    const { ours, limit, memory } = await alternateSeveral(bench, SPEED, {
      ours: () => coldSpeed(bench, [object], { origin: bench.content.dir }),
      limit: async () => speedOf(object.size, checkSum(await fileLimit(object), object)),
      memory: async () => ({ speed: await twoCoreSha1() })
    })
    return [
      speedRatio({
        what: this.what,
        ours,
        beside: 'limit of the machine: read() and SHA-1 in C, two threads',
        theirs: limit,
        goal: atLeast(0.9)
      }),
      ratio({
        what: this.what,
        ours: ours.speed,
        beside: 'openssl speed: SHA-1 on two cores, from memory',
        theirs: memory.speed,
        goal: atLeast(0.85)
      })
    ]
  }
}

// openssl hashes large blocks, as we do with pieces: blocks of 16 KiB give 5 % less.
async function twoCoreSha1 () {
  const { stdout } = await run(
    'openssl', ['speed', '-mr', '-multi', '2', '-seconds', '1', '-bytes', String(MiB), 'sha1']
  )
  const [, bytesPerSecond] = /^\+F:\d+:sha1:([\d.]+)$/m.exec(stdout)
  return Number(bytesPerSecond) / 1e6
}
