import t from 'tap'
import { parseAddress } from '../../src/s3/address.js'
import { isAddressable } from '../../src/s3/addressable-key.js'
import { encodeUriPath } from '../../src/s3/uri.js'

const ADDRESSABLE = [
  'a', 'a/b', '/a', 'a//b', 'a/', 'a b', 'a+b', 'a%2Fb', 'a?b#c', '..a', 'a..', '...', '日本 😀', '\t\u0001',
  'é'.repeat(512)
]
const OTHERS = ['', '.', '..', 'a/../b', './a', 'a/.', 'a\0b', 'a\uD800b', '\uDC00', 'é'.repeat(513), 'a'.repeat(1025)]

t.test('a URL of the key leads to the key, in every client', async (t) => {
  for (const key of ADDRESSABLE) {
    t.ok(isAddressable(key), JSON.stringify(key.slice(0, 20)))
    const { pathname } = new URL(`http://host/bkt/${encodeUriPath(key)}`)
    t.equal(parseAddress(pathname, 'host', []).key, key)
  }
})

t.test('it does not', async (t) => {
  for (const key of OTHERS) t.notOk(isAddressable(key), JSON.stringify(key.slice(0, 20)))
})
