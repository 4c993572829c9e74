import t from 'tap'
import { bitfieldOfAll, hasAll } from '../../../src/swarm/seeder/bitfield.js'

t.test('all pieces, and all but one', async (t) => {
  for (let pieces = 1; pieces < 40; pieces++) {
    const all = bitfieldOfAll(pieces)
    t.ok(hasAll(all, pieces))
    t.notOk(hasAll(Buffer.concat([all, Buffer.alloc(1)]), pieces), 'of another length')
    t.notOk(hasAll(all.subarray(1), pieces))
    for (let piece = 0; piece < pieces; piece++) {
      const bits = Buffer.from(all)
      bits[piece >>> 3] = (bits[piece >>> 3] ?? 0) & ~(0x80 >>> piece % 8)
      if (hasAll(bits, pieces)) t.fail(`${pieces} pieces without ${piece}`)
    }
  }
  t.ok(hasAll(Buffer.from([0xFF, 0xFF]), 9), 'whatever is behind the last piece')
})
