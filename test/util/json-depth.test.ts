import t from 'tap'
import { isNestedDeeper } from '../../src/util/json-depth.js'

t.test('levels are counted, whatever strings hold', async (t) => {
  for (const [json, levels] of [['1', 0], ['"[[[["', 0], ['"\\"[[[["', 0], ['"\\\\",[[', 2], ['[]', 1], ['[[],[]]', 2], ['{"a":[{"b":1}]}', 3], ['{"[":"{"}', 1], ['[[[', 3], [']]]', 0], ['"[[', 0], ['"\\', 0]] as const) {
    t.notOk(isNestedDeeper(json, levels), json)
    if (levels > 0) t.ok(isNestedDeeper(json, levels - 1), json)
  }
  t.ok(isNestedDeeper('['.repeat(1_000_000), 32))
})
