import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import type { Identity } from '../../src/torrent/identity.js'
import type { MetainfoStore, StoredDigests } from '../../src/store/digest-store.js'

export interface StoreSetting {
  readonly maxBytes: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Makes an empty store, closed with the test. */
export type MakeStore = (t: Test, setting: StoreSetting) => MetainfoStore

export const PIECE = 16_384
const MIB = 1024 * 1024

/** An object of so many pieces. */
export function identityFor (key: string, pieces = 10): Identity {
  return {
    origin: 'http://origin', bucket: 'bkt', key, etag: '"e"', size: pieces * PIECE - 1, pieceLength: PIECE, format: 'v1'
  }
}

/** Digests that no other seed has. */
export function digestsFor (seed: string, pieces = 10): Buffer {
  const digests = Buffer.alloc(pieces * 20, createHash('sha1').update(seed).digest())
  for (let piece = 0; piece < pieces; piece++) digests.writeUInt32BE(piece, piece * 20)
  return digests
}

export function infoHashFor (seed: string): Buffer {
  return createHash('sha1').update(seed).digest()
}

/** Finishes an object of so many pieces. */
export async function finished (store: MetainfoStore, key: string, pieces = 10): Promise<Identity> {
  const identity = identityFor(key, pieces)
  await store.finish(identity, digestsFor(key, pieces), infoHashFor(key))
  return identity
}

/** What is known, once it is written: `keep` promises no time. */
async function parts (store: MetainfoStore, identity: Identity, count: number): Promise<StoredDigests[]> {
  for (let tries = 0; tries < 200 && store.find(identity).length < count; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return [...store.find(identity)].sort((a, b) => a.firstPiece - b.firstPiece)
}

/** What the doc comments of MetainfoStore promise, for each implementation. */
export function storeConformance (t: Test, make: MakeStore): void {
  let clock = 1_700_000_000_000
  const now = (): number => clock++
  const roomy = { maxBytes: 64 * MIB, now }

  t.test('MetainfoStore', async (t) => {
    t.test('knows nothing at first', async (t) => {
      const store = make(t, roomy)
      t.strictSame([...store.find(identityFor('key'))], [])
      t.strictSame(store.identitiesOf(infoHashFor('key')), [])
    })

    t.test('keeps parts', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      const digests = digestsFor('key')
      store.keep(identity, { firstPiece: 7, digests: digests.subarray(140) })
      store.keep(identity, { firstPiece: 0, digests: digests.subarray(0, 40) })
      store.keep(identityFor('other'), { firstPiece: 1, digests: digestsFor('other').subarray(20, 40) })
      const found = await parts(store, identity, 2)
      t.strictSame(found.map(({ firstPiece }) => firstPiece), [0, 7])
      t.ok(found[0]?.digests.equals(digests.subarray(0, 40)))
      t.ok(found[1]?.digests.equals(digests.subarray(140)))
      t.equal((await parts(store, identityFor('other'), 1)).length, 1)
      t.strictSame(store.identitiesOf(infoHashFor('key')), [], 'it is not finished')
    })

    t.test('a part that is kept again is there once', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      for (const pieces of [2, 4]) store.keep(identity, { firstPiece: 0, digests: digestsFor('key', pieces) })
      store.keep(identity, { firstPiece: 9, digests: digestsFor('key').subarray(180) })
      const [first, ...others] = await parts(store, identity, 2)
      t.ok(first?.digests.equals(digestsFor('key', 4)))
      t.equal(others.length, 1)
    })

    t.test('finish keeps all instead of the parts', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      store.keep(identity, { firstPiece: 3, digests: digestsFor('part', 2) })
      await parts(store, identity, 1)
      store.keep(identity, { firstPiece: 6, digests: digestsFor('part', 2) })
      await finished(store, 'key')
      const found = store.find(identity)
      t.equal(found.length, 1)
      t.equal(found[0]?.firstPiece, 0)
      t.ok(found[0]?.digests.equals(digestsFor('key')))
    })

    t.test('what it was given and gave may change', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      const given = digestsFor('key')
      const finishing = store.finish(identity, given, infoHashFor('key'))
      given.fill(0)
      await finishing
      const [found] = store.find(identity)
      t.ok(found?.digests.equals(digestsFor('key')))
      await finished(store, 'other')
      t.ok(store.find(identityFor('other'))[0]?.digests.equals(digestsFor('other')))
      t.ok(found?.digests.equals(digestsFor('key')), 'not overwritten by what is found next')
    })

    t.test('every field makes another identity', async (t) => {
      const store = make(t, roomy)
      const identity = await finished(store, 'key')
      const others: Array<Partial<Identity>> = [
        { origin: 'http://other' }, { bucket: 'other' }, { key: 'key2' },
        { etag: '"f"' }, { size: identity.size - 1 }, { pieceLength: 2 * PIECE }, { format: 'v1 x-amz' }
      ]
      for (const other of others) {
        t.strictSame([...store.find({ ...identity, ...other, versionId: 'v' })], [], JSON.stringify(other))
      }
      t.strictSame([...store.find({ ...identity, bucket: 'bkt","key', key: '' })], [], 'fields do not run together')
      for (const versionId of [undefined, 'v', '', 'null']) {
        t.equal(
          store.find({ ...identity, ...versionId !== undefined && { versionId } }).length, 1, 'but the version id'
        )
      }
    })

    t.test('an info hash leads to its object', async (t) => {
      const store = make(t, roomy)
      const identity = await finished(store, 'key')
      t.strictSame(store.identitiesOf(infoHashFor('key')), [identity])
      const versioned = { ...identityFor('versioned'), versionId: 'v1', format: 'v1 x-amz' } as const
      await store.finish(versioned, digestsFor('versioned'), infoHashFor('versioned'))
      t.strictSame(store.identitiesOf(infoHashFor('versioned')), [versioned])
      t.strictSame(store.identitiesOf(infoHashFor('other')), [])
    })

    // The same content under the same name, in two buckets.
    t.test('two objects with one info hash: the other one going takes nothing along', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const [first, second] = [identityFor('same', 5000), { ...identityFor('same', 5000), bucket: 'second' }]
      for (const identity of [first, second]) {
        await store.finish(identity, digestsFor('same', 5000), infoHashFor('same'))
      }
      for (let i = 0; i < 20; i++) {
        t.equal(store.find(second).length, 1)
        await finished(store, `more-${i}`, 5000)
      }
      t.equal(store.find(first).length, 0)
      t.strictSame(store.identitiesOf(infoHashFor('same')), [second])
    })

    t.test('one info hash leads to all its objects, the last finished first, and to 16 of many', async (t) => {
      const store = make(t, { ...roomy, now })
      const same = (bucket: number) => ({ ...identityFor('same'), bucket: `bucket-${bucket}` })
      for (const bucket of [2, 1, 3]) await store.finish(same(bucket), digestsFor('same'), infoHashFor('same'))
      t.strictSame(store.identitiesOf(infoHashFor('same')), [same(3), same(1), same(2)])
      for (let bucket = 4; bucket < 40; bucket++) {
        await store.finish(same(bucket), digestsFor('same'), infoHashFor('same'))
      }
      t.strictSame(store.identitiesOf(infoHashFor('same')), Array.from({ length: 16 }, (_, i) => same(39 - i)))
    })

    t.test('what is issued as public is not crowded out by what is not', async (t) => {
      const store = make(t, { ...roomy, now })
      const same = (bucket: string) => ({ ...identityFor('same'), bucket })
      const keep = (identity: Identity): Promise<void> => store.finish(
        identity, digestsFor('same'), infoHashFor('same')
      )
      const published = (): string[] => store.publishedOf(infoHashFor('same')).map(({ bucket }) => bucket)
      t.equal(await store.publish(same('open')), undefined, 'nothing is kept of it')
      for (const bucket of ['open', 'other']) await keep(same(bucket))
      t.strictSame(published(), [], 'finished is not issued')
      t.equal(await store.publish(same('open')), infoHashFor('same').toString('hex'))
      t.equal(await store.publish(same('other')), infoHashFor('same').toString('hex'))
      for (let i = 0; i < 300; i++) await keep(same(`private-${i}`))
      t.strictSame(store.publishedOf(infoHashFor('same')), [same('other'), same('open')], 'the last one first')
      t.strictSame(store.publishedOf(infoHashFor('another')), [])
      await keep(same('other'))
      t.strictSame(published().sort(), ['open', 'other'], 'hashed again, it is still public')
      store.unpublish(infoHashFor('same'), same('other'))
      await keep(same('private-0'))
      t.strictSame(published(), ['open'])
      store.unpublish(infoHashFor('same'), same('other'))
      const again = store.publish(same('other'))
      store.unpublish(infoHashFor('same'), same('open'))
      await again
      await keep(same('private-0'))
      t.strictSame(published(), ['other'], 'the last word holds')
    })

    t.test('an object is published as each version that was issued', async (t) => {
      const store = make(t, { ...roomy, now })
      const current = await finished(store, 'key')
      const version = (versionId: string): Identity => ({ ...current, versionId })
      const published = () => store.publishedOf(infoHashFor('key')).map(({ versionId }) => versionId)
      for (const identity of [version('v1'), current, version('v2')]) {
        t.equal(await store.publish(identity), infoHashFor('key').toString('hex'))
      }
      t.strictSame(published(), ['v2', undefined, 'v1'], 'the last one first')
      store.unpublish(infoHashFor('key'), version('v2'))
      await finished(store, 'written')
      t.strictSame(published(), [undefined, 'v1'], 'one is not public anymore, the others are')
      await store.finish(version('v1'), digestsFor('key'), infoHashFor('key'))
      t.strictSame(published(), [undefined, 'v1'], 'hashed again')
      for (let i = 0; i < 40; i++) await store.publish(version(`more-${i}`))
      t.strictSame(
        published().sort(),
        [undefined, ...Array.from({ length: 16 }, (_, i) => `more-${i + 24}`)].sort(),
        'of many the last, and what is current'
      )
      t.equal(await store.publish(version('v'.repeat(5_000))), infoHashFor('key').toString('hex'))
      t.equal(published().length, 17, 'nobody has such an id')
      for (const identity of store.publishedOf(infoHashFor('key'))) store.unpublish(infoHashFor('key'), identity)
      await finished(store, 'written')
      t.strictSame(published(), [])
    })

    t.test('at most 256 of one info hash are published, and the others when those are not anymore', async (t) => {
      const store = make(t, { ...roomy, now })
      const all = Array.from({ length: 300 }, (_, i) => ({ ...identityFor('same'), bucket: `bucket-${i}` }))
      for (const identity of all) {
        await store.finish(identity, digestsFor('same'), infoHashFor('same'))
        await store.publish(identity)
      }
      const first = store.publishedOf(infoHashFor('same'))
      t.equal(first.length, 256)
      for (const identity of first) store.unpublish(infoHashFor('same'), identity)
      await finished(store, 'written')
      const rest = store.publishedOf(infoHashFor('same'))
      t.strictSame([...first, ...rest].map(({ bucket }) => bucket).sort(), all.map(({ bucket }) => bucket).sort())
    })

    t.test('being issued is a use, and what goes is published no more', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const [used, unused] = [await finished(store, 'used', 1000), await finished(store, 'unused', 1000)]
      await store.publish(unused)
      for (let i = 0; i < 100; i++) {
        await store.publish(used)
        await finished(store, `more-${i}`, 1000)
      }
      t.strictSame(store.publishedOf(infoHashFor('used')), [used])
      t.strictSame(store.publishedOf(infoHashFor('unused')), [])
      await finished(store, 'unused', 1000)
      t.strictSame(store.publishedOf(infoHashFor('unused')), [], 'hashed anew is not issued anew')
    })

    t.test('looking up an info hash is a use', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const used = await finished(store, 'used', 1000)
      for (let i = 0; i < 100; i++) {
        store.identitiesOf(infoHashFor('used'))
        await finished(store, `more-${i}`, 1000)
      }
      t.strictSame(store.identitiesOf(infoHashFor('used')), [used])
      t.strictSame(store.identitiesOf(infoHashFor('more-0')), [])
    })

    t.test('what was used least recently goes first', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      await finished(store, 'used', 1000)
      await finished(store, 'unused', 1000)
      for (let i = 0; i < 100; i++) {
        await finished(store, `more-${i}`, 1000)
        if (store.find(identityFor('used', 1000)).length === 0) break
      }
      t.equal(store.find(identityFor('used', 1000)).length, 1, 'find counts as use')
      t.equal(store.find(identityFor('unused', 1000)).length, 0)
      t.strictSame(store.identitiesOf(infoHashFor('unused')), [])
      t.equal(store.find(identityFor('more-99', 1000)).length, 1)
      t.equal(store.find(identityFor('more-98', 1000)).length, 1)
      t.equal(store.find(identityFor('more-0', 1000)).length, 0)
    })

    t.test('parts go too, and whole', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const identity = identityFor('parts', 2000)
      for (let piece = 0; piece < 2000; piece += 500) {
        store.keep(identity, { firstPiece: piece, digests: digestsFor(`${piece}`, 500) })
      }
      t.equal((await parts(store, identity, 4)).length, 4)
      for (let i = 0; i < 60; i++) await finished(store, `more-${i}`, 1000)
      t.strictSame([...store.find(identity)], [])
    })

    t.test('too large an object is not kept, and takes nothing else along', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const small = await finished(store, 'small')
      const large = identityFor('large', 100_000)
      for (let piece = 0; piece < 100_000; piece += 1000) {
        store.keep(large, { firstPiece: piece, digests: digestsFor('large', 1000) })
      }
      store.keep(identityFor('last'), { firstPiece: 0, digests: digestsFor('last', 2) })
      await parts(store, identityFor('last'), 1)
      t.equal(store.find(small).length, 1, 'its parts come')
      await finished(store, 'large', 100_000)
      t.strictSame([...store.find(large)], [])
      t.strictSame(store.identitiesOf(infoHashFor('large')), [])
      t.equal(store.find(small).length, 1)
    })
  })
}
