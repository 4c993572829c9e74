import t from 'tap'
import type { ListedObject } from '../../src/objects/listing.js'
import { NewestObjects } from '../../src/objects/newest-objects.js'

const object = (key: string, seconds?: number, etag = '"e"'): ListedObject => ({
  key, size: 1, etag, lastModified: seconds === undefined ? undefined : new Date(seconds * 1000)
})

function newest (count: number, objects: readonly ListedObject[]): ListedObject[] {
  const kept = new NewestObjects(count)
  for (const one of objects) kept.add(one)
  return kept.all()
}

const keys = (objects: readonly ListedObject[]): string[] => objects.map(({ key }) => key)

/** The same ones in another order, which is the same each time. */
function shuffled<T> (items: readonly T[], seed: number): T[] {
  let state = seed
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state
  }
  return items.map((item) => ({ item, at: next() })).sort((a, b) => a.at - b.at).map(({ item }) => item)
}

t.test('newest first, ties in the order of their keys, without a time at the end', async (t) => {
  const objects = [
    object('b', 1), object('none'), object('a', 1), object('later', 2), object('1970', 0), object('é', 1),
    object('nobody'), object('before', -1), object('A', 1)
  ]
  t.strictSame(keys(newest(20, objects)), ['later', 'A', 'a', 'b', 'é', '1970', 'before', 'nobody', 'none'])
  t.strictSame(keys(newest(3, objects)), ['later', 'A', 'a'])
  t.strictSame(newest(3, []), [])
})

t.test('of 5,000 the newest 1,000, whatever the order in which they come', async (t) => {
  const objects = Array.from({ length: 5_000 }, (_, i) => object(`key ${i}`, i % 1_700))
  const expected = [...objects].sort(
    (a, b) => (b.lastModified?.getTime() ?? 0) - (a.lastModified?.getTime() ?? 0) || (a.key < b.key ? -1 : 1)
  ).slice(0, 1_000)
  for (const order of [objects, objects.toReversed(), shuffled(objects, 1), shuffled(objects, 2)]) {
    t.strictSame(newest(1_000, order), expected)
  }
})

t.test('a key that comes twice is there once, as it is newest', async (t) => {
  const objects = [
    ...Array.from({ length: 40 }, (_, i) => object(`key ${i}`, i)), object('key 3', 100), object('key 39', 1),
    object('key 5', 90, '"b"'), object('key 5', 90, '"a"'), object('key 5', 90, '"c"'), object('key 38', 38)
  ]
  const expected = newest(10, objects)
  t.strictSame(keys(expected).slice(0, 5), ['key 3', 'key 5', 'key 39', 'key 38', 'key 37'])
  t.equal(expected[1]?.etag, '"a"')
  for (let seed = 0; seed < 50; seed++) t.strictSame(newest(10, shuffled(objects, seed)), expected)
})
