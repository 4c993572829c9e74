import t from 'tap'
import { climbs } from '../../src/s3/climbing-key.js'

t.test('dot segments, in every spelling that somebody may undo', async (t) => {
  for (const key of [
    '.', '..', './a', '../a', 'a/.', 'a/..', 'a/./b', 'a/../b', 'a//../b', 'a\\..\\b', 'a/..\\b', '..;/a', 'a/..;x=y/b',
    'a/.;', 'a/%2e%2e/b', 'a/%2E./b', 'a%2f..%2fb', 'a/..%2fb', 'a/..%5cb', 'a/..%3b/b',
    'a/%252e%252e/b', 'a/%25252e./b', 'a%5c%2e%2e%5cb', `a/%${'25'.repeat(100)}2e`
  ]) t.ok(climbs(key), key)
  for (const key of [
    '', 'a', 'a/b', '.a', '..a', 'a..', 'a./b', 'a/...', 'a/..b/c', 'a//b', 'a/b..', 'a/.git/b', '100%2e5', 'a%2fb',
    'a/.%20/b', 'a/;../b', 'é/\u2024/b'
  ]) {
    t.notOk(climbs(key), key)
  }
})
