import { GiB, MiB } from '../lib/bench.js'
import { atLeast, ratio } from '../lib/line.js'
import { SPEED, alternateSeveral } from '../lib/measure.js'
import { run } from '../lib/process.js'
import { coldSpeed } from '../lib/server.js'

export const directory = {
  name: 'directory',
  what: 'cold 1 GiB, directory',
  needs: ['openssl'],
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const { ours, theirs } = await alternateSeveral(bench, SPEED, {
      ours: () => coldSpeed(bench, [object], { origin: bench.content.dir }),
      theirs: async () => ({ speed: await twoCoreSha1() })
    })
    return [
      ratio({
        what: this.what,
        ours: ours.speed,
        beside: 'openssl speed: SHA-1 on two cores, from memory',
        theirs: theirs.speed,
        goal: atLeast(0.85),
        processor: { ours: ours.processor }
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
