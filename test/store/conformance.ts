import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import type { DigestStore } from '../../src/store/digest-store.js'
import type { OpenedStore } from '../../src/store/opened-store.js'
import { idOf } from '../../src/torrent/identity.js'
import type { Identity } from '../../src/torrent/identity.js'
import { InfoHash } from '../../src/torrent/info-hash.js'
import { manifestOf } from '../../src/torrent/manifest-of.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import type { DigestRun } from '../../src/torrent/piece-digests.js'
import { until } from '../support/until.js'

export interface StoreSetting {
  readonly maxBytes: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Makes an empty store, closed with the test. */
export type MakeStore = (t: Test, setting: StoreSetting) => OpenedStore

export const PIECE = 16_384
const MIB = 1024 * 1024

/** An object of so many pieces. */
export function identityFor (key: string, pieces = 10): Identity {
  return {
    origin: 'http://origin',
    bucket: 'bkt',
    key,
    etag: '"e"',
    size: pieces * PIECE - 1,
    pieceLength: PIECE,
    metaVersion: 1,
    xAmzInfo: false
  }
}

/** Digests that no other seed has. */
export function digestsFor (seed: string, pieces = 10): PieceDigests {
  const bytes = Buffer.alloc(pieces * 20, createHash('sha1').update(seed).digest())
  for (let piece = 0; piece < pieces; piece++) bytes.writeUInt32BE(piece, piece * 20)
  return PieceDigests.of(bytes, 1)
}

export function infoHashFor (seed: string): InfoHash {
  return InfoHash.ofInfo(Buffer.from(seed))
}

/** Finishes an object of so many pieces. */
export async function finished (store: DigestStore, key: string, pieces = 10): Promise<Identity> {
  const identity = identityFor(key, pieces)
  await store.finish(identity, digestsFor(key, pieces), [infoHashFor(key)])
  return identity
}

/** All digests of a finished object. */
export async function wholeOf (store: DigestStore, identity: Identity): Promise<PieceDigests | undefined> {
  const kept = await store.get(identity)
  return kept.is === 'whole' ? kept.digests : undefined
}

/** How much is known: runs, or all as one. */
export async function countOf (store: DigestStore, identity: Identity): Promise<number> {
  const kept = await store.get(identity)
  return kept.is === 'whole' ? 1 : kept.runs.length
}

/** The runs that are known, in order, once these are written: `put` promises no time. */
export async function runsOf (store: DigestStore, identity: Identity, count: number): Promise<DigestRun[]> {
  await until(`${count} runs are kept`, async () => await countOf(store, identity) >= count)
  const kept = await store.get(identity)
  return kept.is === 'whole' ? [] : [...kept.runs].sort((a, b) => a.firstPiece - b.firstPiece)
}

/** What the doc comments of DigestStore and Publications promise, for each implementation. */
export function storeConformance (t: Test, make: MakeStore): void {
  let clock = 1_700_000_000_000
  const now = (): number => clock++
  const roomy = { maxBytes: 64 * MIB, now }

  t.test('the contract', async (t) => {
    t.test('knows nothing at first', async (t) => {
      const store = make(t, roomy)
      t.strictSame(await store.get(identityFor('key')), { is: 'runs', runs: [] })
      t.strictSame(await store.identitiesOf(infoHashFor('key')), [])
    })

    t.test('keeps parts', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      const digests = digestsFor('key')
      await store.put(identity, { firstPiece: 7, digests: digests.slice(7) })
      await store.put(identity, { firstPiece: 0, digests: digests.slice(0, 2) })
      await store.put(identityFor('other'), { firstPiece: 1, digests: digestsFor('other').slice(1, 2) })
      const found = await runsOf(store, identity, 2)
      t.strictSame(found.map(({ firstPiece }) => firstPiece), [0, 7])
      t.ok(found[0]?.digests.equals(digests.slice(0, 2)))
      t.ok(found[1]?.digests.equals(digests.slice(7)))
      t.equal((await runsOf(store, identityFor('other'), 1)).length, 1)
      t.strictSame(await store.identitiesOf(infoHashFor('key')), [], 'it is not finished')
    })

    t.test('a part that is kept again is there once', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      for (const pieces of [2, 4]) await store.put(identity, { firstPiece: 0, digests: digestsFor('key', pieces) })
      await store.put(identity, { firstPiece: 9, digests: digestsFor('key').slice(9) })
      const [first, ...others] = await runsOf(store, identity, 2)
      t.ok(first?.digests.equals(digestsFor('key', 4)))
      t.equal(others.length, 1)
    })

    t.test('finish keeps all instead of the parts', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      await store.put(identity, { firstPiece: 3, digests: digestsFor('part', 2) })
      await runsOf(store, identity, 1)
      await store.put(identity, { firstPiece: 6, digests: digestsFor('part', 2) })
      await finished(store, 'key')
      t.ok((await wholeOf(store, identity))?.equals(digestsFor('key')))
      await store.put(identity, { firstPiece: 3, digests: digestsFor('late', 2) })
      await finished(store, 'written')
      t.ok((await wholeOf(store, identity))?.equals(digestsFor('key')), 'a run that comes late changes nothing')
    })

    t.test('runs of all pieces are not finished: no info hash leads to them', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      await store.put(identity, { firstPiece: 0, digests: digestsFor('key') })
      const [run, ...others] = await runsOf(store, identity, 1)
      t.ok(run?.digests.isWhole(identity))
      t.equal(others.length, 0)
      t.strictSame(await store.publish(identity), [])
    })

    t.test('an object with several info hashes: each leads to it, and all go with it', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const hashes = [infoHashFor('version 1'), infoHashFor('version 2')]
      const hybrid = identityFor('hybrid', 1000)
      await store.finish(hybrid, digestsFor('hybrid', 1000), hashes)
      t.strictSame(await store.publish(hybrid), hashes)
      t.strictSame((await store.latest(1))[0], { identity: hybrid, infoHashes: hashes })
      for (const hash of hashes) {
        t.strictSame(await store.identitiesOf(hash), [hybrid])
        t.strictSame(await store.publishedOf(hash), [hybrid])
      }
      await store.finish(hybrid, digestsFor('hybrid', 1000), hashes)
      for (const hash of hashes) t.strictSame(await store.publishedOf(hash), [hybrid], 'hashed again')
      await store.unpublish(infoHashFor('version 2'), hybrid)
      await finished(store, 'written')
      for (const hash of hashes) t.strictSame(await store.publishedOf(hash), [], 'taken back of both')
      await store.publish(hybrid)
      for (let i = 0; i < 100; i++) await finished(store, `more-${i}`, 1000)
      for (const hash of hashes) {
        t.strictSame(await store.identitiesOf(hash), [])
        t.strictSame(await store.publishedOf(hash), [])
      }
    })

    t.test('calls that do not wait for each other hold in the order of the calls', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      const hash = infoHashFor('key')
      await Promise.all([
        store.put(identity, { firstPiece: 0, digests: digestsFor('part', 2) }),
        store.finish(identity, digestsFor('key'), [hash]),
        store.put(identity, { firstPiece: 0, digests: digestsFor('part', 2) }),
        store.finish(identityFor('other'), digestsFor('other'), [infoHashFor('other')])
      ])
      t.ok((await wholeOf(store, identity))?.equals(digestsFor('key')))
      await Promise.all([store.publish(identity), store.unpublish(hash, identity)])
      await finished(store, 'written')
      t.strictSame(await store.publishedOf(hash), [])
      await Promise.all([store.publish(identity), store.unpublish(hash, identity), store.publish(identity)])
      t.strictSame(await store.publishedOf(hash), [identity])
    })

    t.test('what comes when it is closed is not kept, and harms nothing', async (t) => {
      const store = make(t, roomy)
      const identity = await finished(store, 'key')
      await store.close()
      await store.put(identityFor('late'), { firstPiece: 0, digests: digestsFor('late', 2) })
      await store.finish(identityFor('later'), digestsFor('later'), [infoHashFor('later')])
      await store.unpublish(infoHashFor('key'), identity)
      await new Promise((resolve) => setTimeout(resolve, 100)) // where a run waits to be written
    })

    t.test('what it was given and gave may change', async (t) => {
      const store = make(t, roomy)
      const identity = identityFor('key')
      const given = digestsFor('key')
      const finishing = store.finish(identity, given, [infoHashFor('key')])
      given.bytes.fill(0)
      await finishing
      const found = await wholeOf(store, identity)
      t.ok(found?.equals(digestsFor('key')))
      await finished(store, 'other')
      t.ok((await wholeOf(store, identityFor('other')))?.equals(digestsFor('other')))
      t.ok(found?.equals(digestsFor('key')), 'not overwritten by what is found next')
    })

    t.test('every field makes another identity', async (t) => {
      const store = make(t, roomy)
      const identity = await finished(store, 'key')
      const others: Array<Partial<Identity>> = [
        { origin: 'http://other' }, { bucket: 'other' }, { key: 'key2' },
        { etag: '"f"' }, { size: identity.size - 1 }, { pieceLength: 2 * PIECE }, { xAmzInfo: true },
        { metaVersion: 2 }, { metaVersion: 'hybrid' }, { padded: true }, { subject: 'pack' }, { subject: 'prefix' }
      ]
      for (const other of others) {
        t.equal(await countOf(store, { ...identity, ...other, versionId: 'v' }), 0, JSON.stringify(other))
      }
      t.equal(await countOf(store, { ...identity, bucket: 'bkt","key', key: '' }), 0, 'fields do not run together')
      for (const versionId of [undefined, 'v', '', 'null']) {
        t.ok(
          await wholeOf(store, { ...identity, ...versionId !== undefined && { versionId } }), 'but the version id'
        )
      }
    })

    t.test('a part of torrents is kept, and is none itself', async (t) => {
      const store = make(t, roomy)
      const part: Identity = { ...identityFor('part'), subject: 'pack', padded: true }
      await store.finish(part, digestsFor('part'), [])
      t.ok((await wholeOf(store, part))?.equals(digestsFor('part')))
      t.strictSame(await store.latest(10), [])
      t.strictSame(await store.publish(part), [])
      await store.put(part, { firstPiece: 0, digests: digestsFor('other') })
      t.ok((await wholeOf(store, part))?.equals(digestsFor('part')), 'it is finished')
    })

    t.test('version 2 has longer digests', async (t) => {
      const store = make(t, roomy)
      const identity: Identity = { ...identityFor('hybrid'), metaVersion: 'hybrid' }
      const digests = PieceDigests.of(Buffer.alloc(10 * 52, 'digests'), 'hybrid')
      await store.put(identity, { firstPiece: 2, digests: digests.slice(2, 5) })
      await until('it is kept', async () => {
        const kept = await store.get(identity)
        return kept.is === 'runs' && kept.runs[0]?.digests.equals(digests.slice(2, 5))
      })
      await store.finish(identity, digests, [infoHashFor('1'), infoHashFor('2')])
      t.ok((await wholeOf(store, identity))?.equals(digests))
      t.strictSame(await store.identitiesOf(infoHashFor('2')), [identity])
    })

    t.test('a manifest is kept as long as its digests', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const { layout: _, identity, ...manifest } = manifestOf(
        { origin: 'o', bucket: 'bkt', prefix: 'set/', pieceLength: PIECE, metaVersion: 1 },
        new Map([['set/a', { etag: '"a"', size: 10 * PIECE - 1 }]])
      )
      const id = idOf(identity)
      t.equal(await store.manifestOf(id), undefined)
      await store.finish(identity, digestsFor('set'), [infoHashFor('set')], manifest)
      t.strictSame(await store.manifestOf(id), manifest)
      t.strictSame(await store.publish(identity), [infoHashFor('set')])
      t.strictSame(await store.publishedOf(infoHashFor('set')), [identity])
      for (let i = 0; i < 100; i++) await finished(store, `more ${i}`, 1000)
      t.equal(await store.manifestOf(id), undefined, 'it goes when others need its room')
      t.strictSame(await store.publishedOf(infoHashFor('set')), [])
    })

    t.test('an info hash leads to its object', async (t) => {
      const store = make(t, roomy)
      const identity = await finished(store, 'key')
      t.strictSame(await store.identitiesOf(infoHashFor('key')), [identity])
      const versioned = { ...identityFor('versioned'), versionId: 'v1', xAmzInfo: true }
      await store.finish(versioned, digestsFor('versioned'), [infoHashFor('versioned')])
      t.strictSame(await store.identitiesOf(infoHashFor('versioned')), [versioned])
      t.strictSame(await store.identitiesOf(infoHashFor('other')), [])
    })

    // The same content under the same name, in two buckets.
    t.test('two objects with one info hash: the other one going takes nothing along', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const [first, second] = [identityFor('same', 5000), { ...identityFor('same', 5000), bucket: 'second' }]
      for (const identity of [first, second]) {
        await store.finish(identity, digestsFor('same', 5000), [infoHashFor('same')])
      }
      for (let i = 0; i < 20; i++) {
        t.equal(await countOf(store, second), 1)
        await finished(store, `more-${i}`, 5000)
      }
      t.equal(await countOf(store, first), 0)
      t.strictSame(await store.identitiesOf(infoHashFor('same')), [second])
    })

    t.test('one info hash leads to all its objects, the last finished first, and to 16 of many', async (t) => {
      const store = make(t, { ...roomy, now })
      const same = (bucket: number) => ({ ...identityFor('same'), bucket: `bucket-${bucket}` })
      for (const bucket of [2, 1, 3]) await store.finish(same(bucket), digestsFor('same'), [infoHashFor('same')])
      t.strictSame(await store.identitiesOf(infoHashFor('same')), [same(3), same(1), same(2)])
      for (let bucket = 4; bucket < 40; bucket++) {
        await store.finish(same(bucket), digestsFor('same'), [infoHashFor('same')])
      }
      t.strictSame(await store.identitiesOf(infoHashFor('same')), Array.from({ length: 16 }, (_, i) => same(39 - i)))
    })

    t.test('what is issued as public is not crowded out by what is not', async (t) => {
      const store = make(t, { ...roomy, now })
      const same = (bucket: string) => ({ ...identityFor('same'), bucket })
      const keep = (identity: Identity): Promise<void> => store.finish(
        identity, digestsFor('same'), [infoHashFor('same')]
      )
      const published = async (): Promise<string[]> => {
        return (await store.publishedOf(infoHashFor('same'))).map(({ bucket }) => bucket)
      }
      t.strictSame(await store.publish(same('open')), [], 'nothing is kept of it')
      for (const bucket of ['open', 'other']) await keep(same(bucket))
      t.strictSame(await published(), [], 'finished is not issued')
      t.strictSame(await store.publish(same('open')), [infoHashFor('same')])
      t.strictSame(await store.publish(same('other')), [infoHashFor('same')])
      for (let i = 0; i < 300; i++) await keep(same(`private-${i}`))
      t.strictSame(await store.publishedOf(infoHashFor('same')), [same('other'), same('open')], 'the last one first')
      t.strictSame(await store.publishedOf(infoHashFor('another')), [])
      await keep(same('other'))
      t.strictSame((await published()).sort(), ['open', 'other'], 'hashed again, it is still public')
      await store.unpublish(infoHashFor('same'), same('other'))
      await keep(same('private-0'))
      t.strictSame(await published(), ['open'])
      await store.unpublish(infoHashFor('same'), same('other'))
      const again = store.publish(same('other'))
      await store.unpublish(infoHashFor('same'), same('open'))
      await again
      await keep(same('private-0'))
      t.strictSame(await published(), ['other'], 'the last word holds')
    })

    t.test('an object is published as each version that was issued', async (t) => {
      const store = make(t, { ...roomy, now })
      const current = await finished(store, 'key')
      const version = (versionId: string): Identity => ({ ...current, versionId })
      const published = async () => (await store.publishedOf(infoHashFor('key'))).map(({ versionId }) => versionId)
      for (const identity of [version('v1'), current, version('v2')]) {
        t.strictSame(await store.publish(identity), [infoHashFor('key')])
      }
      t.strictSame(await published(), ['v2', undefined, 'v1'], 'the last one first')
      await store.unpublish(infoHashFor('key'), version('v2'))
      await finished(store, 'written')
      t.strictSame(await published(), [undefined, 'v1'], 'one is not public anymore, the others are')
      await store.finish(version('v1'), digestsFor('key'), [infoHashFor('key')])
      t.strictSame(await published(), [undefined, 'v1'], 'hashed again')
      for (let i = 0; i < 40; i++) await store.publish(version(`more-${i}`))
      t.strictSame(
        (await published()).sort(),
        [undefined, ...Array.from({ length: 16 }, (_, i) => `more-${i + 24}`)].sort(),
        'of many the last, and what is current'
      )
      t.strictSame(await store.publish(version('v'.repeat(5_000))), [infoHashFor('key')])
      t.equal((await published()).length, 17, 'nobody has such an id')
      for (const identity of await store.publishedOf(infoHashFor('key'))) {
        await store.unpublish(infoHashFor('key'), identity)
      }
      await finished(store, 'written')
      t.strictSame(await published(), [])
    })

    t.test('at most 256 of one info hash are published, and the others when those are not anymore', async (t) => {
      const store = make(t, { ...roomy, now })
      const all = Array.from({ length: 300 }, (_, i) => ({ ...identityFor('same'), bucket: `bucket-${i}` }))
      for (const identity of all) {
        await store.finish(identity, digestsFor('same'), [infoHashFor('same')])
        await store.publish(identity)
      }
      const first = await store.publishedOf(infoHashFor('same'))
      t.equal(first.length, 256)
      for (const identity of first) await store.unpublish(infoHashFor('same'), identity)
      await finished(store, 'written')
      const rest = await store.publishedOf(infoHashFor('same'))
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
      t.strictSame(await store.publishedOf(infoHashFor('used')), [used])
      t.strictSame(await store.publishedOf(infoHashFor('unused')), [])
      await finished(store, 'unused', 1000)
      t.strictSame(await store.publishedOf(infoHashFor('unused')), [], 'hashed anew is not issued anew')
    })

    t.test('looking up an info hash is a use', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const used = await finished(store, 'used', 1000)
      for (let i = 0; i < 100; i++) {
        await store.identitiesOf(infoHashFor('used'))
        await finished(store, `more-${i}`, 1000)
      }
      t.strictSame(await store.identitiesOf(infoHashFor('used')), [used])
      t.strictSame(await store.identitiesOf(infoHashFor('more-0')), [])
    })

    t.test('what was used least recently goes first', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      await finished(store, 'used', 1000)
      await finished(store, 'unused', 1000)
      for (let i = 0; i < 100; i++) {
        await finished(store, `more-${i}`, 1000)
        if (await countOf(store, identityFor('used', 1000)) === 0) break
      }
      t.equal(await countOf(store, identityFor('used', 1000)), 1, 'find counts as use')
      t.equal(await countOf(store, identityFor('unused', 1000)), 0)
      t.strictSame(await store.identitiesOf(infoHashFor('unused')), [])
      t.equal(await countOf(store, identityFor('more-99', 1000)), 1)
      t.equal(await countOf(store, identityFor('more-98', 1000)), 1)
      t.equal(await countOf(store, identityFor('more-0', 1000)), 0)
    })

    t.test('parts go too, and whole', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const identity = identityFor('parts', 2000)
      for (let piece = 0; piece < 2000; piece += 500) {
        await store.put(identity, { firstPiece: piece, digests: digestsFor(`${piece}`, 500) })
      }
      t.equal((await runsOf(store, identity, 4)).length, 4)
      for (let i = 0; i < 60; i++) await finished(store, `more-${i}`, 1000)
      t.equal(await countOf(store, identity), 0)
    })

    t.test('too large an object is not kept, and takes nothing else along', async (t) => {
      const store = make(t, { maxBytes: MIB, now })
      const small = await finished(store, 'small')
      const large = identityFor('large', 100_000)
      for (let piece = 0; piece < 100_000; piece += 1000) {
        await store.put(large, { firstPiece: piece, digests: digestsFor('large', 1000) })
      }
      await store.put(identityFor('last'), { firstPiece: 0, digests: digestsFor('last', 2) })
      await runsOf(store, identityFor('last'), 1)
      t.equal(await countOf(store, small), 1, 'its parts come')
      await finished(store, 'large', 100_000)
      t.equal(await countOf(store, large), 0)
      t.strictSame(await store.identitiesOf(infoHashFor('large')), [])
      t.equal(await countOf(store, small), 1)
    })
  })
}
