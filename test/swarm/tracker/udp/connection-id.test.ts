import t from 'tap'
import { ConnectionIds } from '../../../../src/swarm/tracker/udp/connection-id.js'

const MINUTE = 60_000
const HERE = Buffer.from([192, 0, 2, 1])

t.test('good for two minutes, and not for much longer', async (t) => {
  for (const begin of [0, 1, MINUTE - 1, MINUTE, 10 * MINUTE + 30_000]) {
    let now = begin
    const ids = new ConnectionIds(() => now)
    const id = ids.give(HERE)
    t.equal(id.length, 8)
    for (const [after, good] of [
      [0, true], [MINUTE, true], [2 * MINUTE, true], [3 * MINUTE, false], [60 * MINUTE, false]
    ] as const) {
      now = begin + after
      t.equal(ids.isGood(id, HERE), good, `${after} ms after ${begin}`)
    }
  }
})

t.test('for one address, at one server', async (t) => {
  const ids = new ConnectionIds(() => 0)
  const id = ids.give(HERE)
  t.ok(ids.isGood(id, Buffer.from(HERE)))
  for (const address of [Buffer.from([192, 0, 2, 2]), Buffer.alloc(4), Buffer.concat([Buffer.alloc(12), HERE])]) {
    t.notOk(ids.isGood(id, address), address.toString('hex'))
  }
  t.notOk(new ConnectionIds(() => 0).isGood(id, HERE), 'another server has another secret')
  for (let bit = 0; bit < 64; bit++) {
    const flipped = Buffer.from(id)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    if (ids.isGood(flipped, HERE)) t.fail(`bit ${bit} flipped`)
  }
  const some = new Set(
    Array.from({ length: 1000 }, (_, i) => ids.give(Buffer.from([10, 0, i >> 8, i])).toString('hex'))
  )
  t.equal(some.size, 1000)
})
