import type { Test } from 'tap'
import { nameOf } from '../../src/objects/folder-listing.js'
import type { FolderEntry, FolderListing } from '../../src/objects/folder-listing.js'
import type { ListedObject, Listing } from '../../src/objects/listing.js'
import type { ObjectHead } from '../../src/objects/objects.js'
import { OriginRefusal } from '../../src/objects/origin-errors.js'
import type { Requester } from '../../src/objects/requester.js'

/** A listing under test, with one bucket `bkt` that is empty. */
export interface ListingUnderTest {
  readonly listing: Listing & FolderListing
  readonly requester: Requester
  readonly put: (key: string, body: Buffer) => Promise<void>
  readonly head: (key: string) => Promise<ObjectHead>
}

const never = new AbortController().signal
const KEYS = [
  'film.mkv', 'films/a', 'films/b', 'films/deep/er/c', 'filmsets', 'with space + plus%2F', 'tab\tin it', 'naïve/日本'
]

/** What the doc comments of Listing promise, for each implementation. */
export function listingConformance (t: Test, setUp: (t: Test) => Promise<ListingUnderTest>): void {
  t.test('Listing', async (t) => {
    const { listing, requester, put, head } = await setUp(t)
    const all = async (prefix: string, bucket = 'bkt'): Promise<ListedObject[]> => {
      const found: ListedObject[] = []
      for await (const object of listing.list(bucket, prefix, requester, never)) found.push(object)
      return found.sort((a, b) => a.key < b.key ? -1 : 1)
    }
    const keys = async (prefix: string): Promise<string[]> => (await all(prefix)).map(({ key }) => key)

    t.test('an empty bucket has no objects, and a missing one is refused', async (t) => {
      t.strictSame(await all(''), [])
      await t.rejects(all('', 'nobucket'), OriginRefusal)
    })

    t.test('every object once, as head describes it', async (t) => {
      for (const [i, key] of KEYS.entries()) await put(key, Buffer.alloc(i))
      const found = await all('')
      t.strictSame(found.map(({ key }) => key), [...KEYS].sort())
      for (const { key, size, etag, lastModified } of found) {
        const described = await head(key)
        t.equal(size, described.size, key)
        t.equal(etag, described.etag, key)
        t.type(lastModified, Date, key)
        t.strictSame(lastModified, described.lastModified, key)
      }
    })

    t.test('a prefix is a string', async (t) => {
      t.strictSame(await keys('films/'), ['films/a', 'films/b', 'films/deep/er/c'])
      t.strictSame(await keys('film'), ['film.mkv', 'films/a', 'films/b', 'films/deep/er/c', 'filmsets'])
      t.strictSame(await keys('films/deep/er/c'), ['films/deep/er/c'])
      t.strictSame(await keys('nope'), [])
    })

    t.test('a signal ends it', async (t) => {
      const controller = new AbortController()
      controller.abort(new Error('gone'))
      await t.rejects(listing.list('bkt', '', requester, controller.signal).next())
    })

    t.test('it may be left early', async (t) => {
      const listed = listing.list('bkt', '', requester, never)
      t.match(await listed.next(), { done: false })
      await listed.return(undefined)
      t.match(await listed.next(), { done: true })
    })

    t.test('a folder', async (t) => {
      const entries = (prefix: string, { after = '', wanted = 1000, bucket = 'bkt' } = {}): Promise<FolderEntry[]> =>
        collected(listing.listFolder({ bucket, prefix, after, wanted }, requester, never))
      const names = async (...asked: Parameters<typeof entries>): Promise<string[]> =>
        (await entries(...asked)).map(nameOf)
      const top = ['film.mkv', 'films/', 'filmsets', 'naïve/', 'tab\tin it', 'with space + plus%2F']
      for (const wanted of [1, 2, 3, 1000]) t.strictSame(await names('', { wanted }), top, `by ${wanted}`)
      t.strictSame(await names('films/'), ['films/a', 'films/b', 'films/deep/'])
      t.strictSame(await names('film'), ['film.mkv', 'films/', 'filmsets'])
      t.strictSame(await names('films/deep'), ['films/deep/'])
      t.strictSame(await names('film.mkv'), ['film.mkv'])
      t.strictSame(await names('naïve/'), ['naïve/日本'])
      for (const none of ['nope', 'nope/', 'film.mkv/', 'films//', '/', '../', './', 'films/../']) {
        t.strictSame(await names(none), [], none)
      }
      for (const [i, after] of top.entries()) t.strictSame(await names('', { after }), top.slice(i + 1), after)
      t.strictSame(await names('films/', { after: 'films/aa' }), ['films/b', 'films/deep/'])
      t.strictSame((await entries('films/')).slice(0, 1), (await all('films/a')), 'described as in the whole listing')
      await t.rejects(entries('', { bucket: 'nobucket' }), OriginRefusal)
      const controller = new AbortController()
      controller.abort(new Error('gone'))
      const request = { bucket: 'bkt', prefix: '', after: '', wanted: 10 }
      await t.rejects(listing.listFolder(request, requester, controller.signal).next())
    })
  })
}

async function collected<T> (listed: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const each of listed) all.push(each)
  return all
}
