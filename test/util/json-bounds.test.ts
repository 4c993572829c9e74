import t from 'tap'
import { isWithin } from '../../src/util/json-bounds.js'

t.test('levels and containers are counted, whatever strings hold', async (t) => {
  for (const [json, levels, containers] of [
    ['1', 0, 0], ['"[[[["', 0, 0], ['"\\"[[[["', 0, 0], ['"\\\\",[[', 2, 2], ['[]', 1, 1], ['[[],[]]', 2, 3],
    ['{"a":[{"b":1}]}', 3, 3], ['{"[":"{"}', 1, 1], ['[[[', 3, 3], [']]]', 0, 0], ['"[[', 0, 0], ['"\\', 0, 0]
  ] as const) {
    t.ok(isWithin(json, { levels, containers }), json)
    if (levels > 0) t.notOk(isWithin(json, { levels: levels - 1, containers }), json)
    if (containers > 0) t.notOk(isWithin(json, { levels, containers: containers - 1 }), json)
  }
  t.notOk(isWithin('['.repeat(1_000_000), { levels: 32, containers: Infinity }))
  t.notOk(isWithin('{},'.repeat(1_000_000), { levels: 32, containers: 999_999 }))
})
