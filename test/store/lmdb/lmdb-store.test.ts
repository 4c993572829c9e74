import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { openDatabases } from '../../../src/store/lmdb/databases.js'
import type { Databases } from '../../../src/store/lmdb/databases.js'
import { idOf, idsOf } from '../../../src/torrent/identity.js'
import { LmdbStore } from '../../../src/store/lmdb/lmdb-store.js'
import { clearStore, storeStats, verifyStore } from '../../../src/store/lmdb/maintenance.js'
import { torrentKey } from '../../../src/store/lmdb/record-keys.js'
import { encodeRecord } from '../../../src/store/lmdb/record.js'
import { encodeFacts } from '../../../src/store/lmdb/torrent-facts.js'
import {
  countOf, digestsFor, finished, identityFor, infoHashFor, runsOf, storeConformance, wholeOf
} from '../conformance.js'
import type { StoreSetting } from '../conformance.js'
import { until } from '../../support/until.js'

const MIB = 1024 * 1024
const warnings: string[] = []
const log = { warn: (_: object, message: string) => { warnings.push(message) } }

function openIn (t: Test, directory: string, { maxBytes, now }: StoreSetting = {
  maxBytes: 64 * MIB, now: Date.now
}): LmdbStore {
  const store = new LmdbStore(join(directory, 'store.mdb'), { maxBytes, log, now })
  t.teardown(() => store.close())
  return store
}

async function withDatabases<T> (path: string, work: (databases: Databases) => T | Promise<T>): Promise<T> {
  const databases = openDatabases(path)
  const result = await work(databases)
  await databases.root.close()
  return result
}

storeConformance(t, (t, setting) => openIn(t, t.testdir({}), setting))

t.test('the file does not grow over its size, whatever it is given', async (t) => {
  for (const [name, piecesOf, count, mebibytes] of [
    ['small records', () => 5, 1_800, 6],
    ['in and out of the leaf', (i: number) => 80 + i % 40, 1_500, 6],
    ['large records', () => 5_000, 300, 6],
    ['all sizes', (i: number) => 1 + Math.floor(14_000 * ((i * 0.618) % 1) ** 6), 1_000, 6]
  ] as const) {
    const directory = t.testdir({})
    const store = openIn(t, directory, { maxBytes: mebibytes * MIB, now: Date.now })
    for (let i = 0; i < count; i += 4) {
      const four = [i, i + 1, i + 2, i + 3]
      await store.put(identityFor(`part-${i}`, piecesOf(i)), {
        firstPiece: 0, digests: digestsFor('part', piecesOf(i))
      })
      await Promise.all(four.map(async (j) => store.publish(await finished(store, `key-${j}`, piecesOf(j)))))
      for (const j of four) {
        if (await countOf(store, identityFor(`key-${j}`, piecesOf(j))) !== 1) {
          t.fail(`${name}: the newest is there, ${j}`)
        }
      }
    }
    t.equal(await countOf(store, identityFor('key-0', piecesOf(0))), 0, `${name}: the first one is gone`)
    await store.close()
    const { size } = statSync(join(directory, 'store.mdb'))
    t.comment(`${name}: ${(size / mebibytes / MIB).toFixed(2)} of its size`)
    t.ok(size <= mebibytes * MIB, `${name}: ${size} bytes`)
    t.ok(size >= MIB, `${name}: and they are used`)
  }
})

t.test('what is closed is found when it is opened again', async (t) => {
  const directory = t.testdir({})
  const first = openIn(t, directory)
  const whole = await finished(first, 'whole')
  await first.put(identityFor('part'), { firstPiece: 4, digests: digestsFor('part', 3) })
  await first.close()
  const second = openIn(t, directory)
  t.ok((await wholeOf(second, whole))?.equals(digestsFor('whole')))
  t.strictSame(await second.identitiesOf(infoHashFor('whole')), [whole])
  t.strictSame(await runsOf(second, identityFor('part'), 1), [{ firstPiece: 4, digests: digestsFor('part', 3) }])
})

t.test('what was used is known when it is opened again', async (t) => {
  const directory = t.testdir({})
  let clock = 1
  const setting = { maxBytes: MIB, now: () => clock++ }
  const first = openIn(t, directory, setting)
  await finished(first, 'used', 1000)
  await finished(first, 'unused', 1000)
  await first.get(identityFor('used', 1000))
  await first.close()
  const second = openIn(t, directory, setting)
  for (let i = 0; i < 100 && (await storeStats(join(directory, 'store.mdb'))).torrents === i + 2; i++) {
    await finished(second, `more-${i}`, 1000)
  }
  t.equal(await countOf(second, identityFor('unused', 1000)), 0, 'the first that went')
  t.equal(await countOf(second, identityFor('used', 1000)), 1)
})

t.test('a file from before it was noted what is public: all of it may be, once', async (t) => {
  const directory = t.testdir({})
  const path = join(directory, 'store.mdb')
  const before = openIn(t, directory)
  const all = await Promise.all(Array.from({ length: 2_100 }, (_, i) => finished(before, `key-${i}`, 2)))
  await before.publish(all[0] ?? identityFor('none'))
  await before.close()
  await withDatabases(path, ({ root, published }) => root.transaction(() => published.clearSync()))
  const [first, second] = [openIn(t, directory), openIn(t, directory)]
  for (const store of [first, second]) {
    let published = 0
    for (const { key } of all) published += (await store.publishedOf(infoHashFor(key))).length
    t.equal(published, 2_100)
  }
  await first.unpublish(infoHashFor('key-1'), identityFor('key-1', 2))
  await first.close()
  await second.close()
  const again = openIn(t, directory)
  t.strictSame(await again.publishedOf(infoHashFor('key-1')), [], 'once only')
  t.equal((await again.publishedOf(infoHashFor('key-2'))).length, 1)
  await again.close()
  await clearStore(path)
  const cleared = openIn(t, directory)
  await finished(cleared, 'private')
  await cleared.close()
  t.strictSame(await openIn(t, directory).publishedOf(infoHashFor('private')), [], 'nor when it was cleared')
})

t.test('what a version from before has forgotten is published no more', async (t) => {
  const directory = t.testdir({})
  const forgotten = ['one', 'two', 'three']
  const store = openIn(t, directory)
  for (const key of [...forgotten, 'kept']) await store.publish(await finished(store, key))
  await store.close()
  const forget = (keys: readonly string[]) => withDatabases(join(directory, 'store.mdb'), ({
    root, torrents, infoHashes, usage
  }) => root.transaction(() => {
    for (const key of keys) {
      const id = idOf(identityFor(key))
      torrents.removeSync(id)
      infoHashes.removeSync([infoHashFor(key).hex, id])
      usage.removeSync(id)
    }
  }))
  const published = () => withDatabases(
    join(directory, 'store.mdb'), ({ published }) => [...published.getKeys()].length - 1
  )
  await forget(['one', 'two'])
  const second = openIn(t, directory)
  t.equal(await published(), 2, 'found when it is opened')
  await forget(['three'])
  t.strictSame(await second.publishedOf(infoHashFor('three')), [])
  await second.close()
  t.equal(await published(), 1, 'or when it is asked for')
})

t.test('a file from when a version id was part of what digests belong to', async (t) => {
  const directory = t.testdir({})
  const path = join(directory, 'store.mdb')
  const store = openIn(t, directory)
  const plain = await finished(store, 'plain')
  await store.publish(plain)
  await store.close()
  const versioned = { ...identityFor('versioned'), versionId: 'v' }
  const [, id = ''] = idsOf(versioned)
  const hex = infoHashFor('versioned').hex
  await withDatabases(path, ({ root, torrents, infoHashes, published, usage, byUse }) => root.transaction(() => {
    torrents.putSync(
      id, encodeRecord(
        torrentKey(id),
        encodeFacts({ identity: versioned, infoHashes: [infoHashFor('versioned')], created: 1 }),
        digestsFor('versioned').bytes
      )
    )
    infoHashes.putSync([hex, id], 1)
    usage.putSync(id, JSON.stringify({ used: 1, bytes: 2_000, infoHash: hex }))
    byUse.putSync([1, id], true)
    for (const [infoHash, of] of [[hex, id], [infoHashFor('plain').hex, idOf(plain)]] as const) {
      published.putSync([infoHash, of], 1)
    }
  }))
  t.match(await verifyStore(path), { whole: 2, damaged: [] })
  const later = openIn(t, directory)
  t.ok(await wholeOf(later, plain))
  t.ok(await wholeOf(later, { ...plain, versionId: 'any' }))
  t.strictSame(await later.publishedOf(infoHashFor('plain')), [plain])
  t.equal(await countOf(later, versioned), 0, 'hashed again, once')
  t.strictSame(await later.identitiesOf(infoHashFor('versioned')), [versioned], 'and its swarm goes on')
  t.strictSame(await later.publishedOf(infoHashFor('versioned')), [versioned])
  t.strictSame((await later.latest(10)).map(({ identity }) => identity.key).sort(), ['plain', 'versioned'])
  await later.finish(versioned, digestsFor('versioned'), [infoHashFor('versioned')])
  await later.publish(versioned)
  t.strictSame(await later.publishedOf(infoHashFor('versioned')), [versioned, versioned])
  await later.unpublish(infoHashFor('versioned'), versioned)
  await finished(later, 'written')
  t.strictSame(await later.publishedOf(infoHashFor('versioned')), [], 'both are taken back')
})

t.test('two stores on one file see what the other one kept', async (t) => {
  const directory = t.testdir({})
  const [a, b] = [openIn(t, directory), openIn(t, directory)]
  // What another store sees is as of the last time that LMDB has looked.
  for (const [one, other, key] of [[a, b, 'from a'], [b, a, 'from b']] as const) {
    const identity = await finished(one, key)
    await until('the other one sees it', async () => (await wholeOf(other, identity)) !== undefined)
    t.ok((await wholeOf(other, identity))?.equals(digestsFor(key)))
  }
  await a.put(identityFor('part'), { firstPiece: 0, digests: digestsFor('part', 3) })
  t.equal((await runsOf(b, identityFor('part'), 1)).length, 1)
  const issued = await finished(a, 'issued')
  for (const [one, other] of [[a, b], [b, a]] as const) {
    await one.publish(issued)
    await until('the other one sees it', async () => (await other.publishedOf(infoHashFor('issued'))).length > 0)
    t.strictSame(await other.publishedOf(infoHashFor('issued')), [issued])
    await other.unpublish(infoHashFor('issued'), issued)
    await finished(other, 'written')
    await until('it is published no more', async () => (await one.publishedOf(infoHashFor('issued'))).length === 0)
  }
})

t.test('two stores on one file keep to its size together', async (t) => {
  const directory = t.testdir({})
  const setting = { maxBytes: MIB, now: Date.now }
  const [a, b] = [openIn(t, directory, setting), openIn(t, directory, setting)]
  for (let i = 0; i < 200; i++) await finished(i % 2 === 0 ? a : b, `key-${i}`, 1000)
  const { size } = statSync(join(directory, 'store.mdb'))
  t.ok(size <= MIB, `${size} bytes`)
})

t.test('nothing was warned of but what is too large', async (t) => {
  t.strictSame([...new Set(warnings)], ['a torrent is too large for --store-size and is not kept'])
})
