import t from 'tap'
import { ListedPrefixes } from '../../src/admin/listed-prefixes.js'
import type { Manifests } from '../../src/store/manifests.js'
import { idOf } from '../../src/torrent/identity.js'
import type { Identity } from '../../src/torrent/identity.js'
import { manifestOf } from '../../src/torrent/manifest-of.js'
import { until } from '../support/until.js'

const manifest = (prefix: string, sizes: readonly number[]) => manifestOf(
  { origin: 'origin', bucket: 'bkt', prefix, pieceLength: 16_384, metaVersion: 1 },
  new Map(sizes.map((size, i) => [`${prefix}${i}`, { etag: '"e"', size }]))
)

t.test('each prefix is read once, one after the other, and forgotten with the list', async (t) => {
  const films = manifest('films/', [20_000, 1, 0])
  const books = manifest('books/', [5])
  const gone = manifest('gone/', [1])
  const asked: string[] = []
  let reading = 0
  const store: Manifests = {
    manifestOf: async (id) => {
      asked.push(id)
      t.equal(++reading, 1, 'one at a time')
      await new Promise((resolve) => setImmediate(resolve))
      reading--
      return [films, books].find(({ identity }) => idOf(identity) === id)
    }
  }
  const prefixes = new ListedPrefixes(store)
  const object: Identity = { ...films.identity, key: 'film' }
  delete (object as { subject?: unknown }).subject
  const listed = [films, books, gone].map(({ identity }) => identity)
  prefixes.keep([...listed, object])
  prefixes.keep([...listed, object])
  t.equal(prefixes.get(films.identity), undefined, 'the list does not wait')
  await until('the others are known', () => prefixes.get(books.identity) !== undefined && reading === 0)
  t.ok(films.identity.size > 20_001, 'there are pads')
  t.strictSame(prefixes.get(films.identity), { files: 3, size: 20_001, name: 'films' })
  t.strictSame(prefixes.get(books.identity), { files: 1, size: 5, name: 'books' })
  t.equal(prefixes.get(object), undefined)
  await until('all were asked for', () => asked.length === 3)
  prefixes.keep([books.identity])
  t.equal(prefixes.get(films.identity), undefined)
  t.match(prefixes.get(books.identity), { files: 1 })
  t.equal(asked.length, 3)
})
