import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { openDatabases } from '../../../src/store/lmdb/databases.js'
import type { Databases } from '../../../src/store/lmdb/databases.js'
import { UsageIndex, countUsed } from '../../../src/store/lmdb/usage-index.js'

const BUDGET = 75_000 // of a file of 150,000 bytes, and what is spare

/** A file without records: only how much is used. */
function set (t: Test): { databases: Databases, index: UsageIndex, ids: () => string[] } {
  const databases = openDatabases(join(t.testdir({}), 'store.mdb'))
  t.teardown(() => databases.root.close())
  return {
    databases,
    index: new UsageIndex(databases, BUDGET / 0.5 + 256 * 1024),
    ids: () => [...databases.byUse.getKeys()].map(([, id]) => id)
  }
}

t.test('as much as there is room for; the oldest go', async (t) => {
  const { databases, index, ids } = set(t)
  await databases.root.transaction(() => {
    for (let i = 0; i < 100; i++) index.use(`id-${i}`, i, { recordBytes: 1000 })
  })
  t.strictSame(ids(), Array.from({ length: 30 }, (_, i) => `id-${70 + i}`))
  t.equal(countUsed(databases), BUDGET)
})

t.test('being used again keeps it, and costs nothing', async (t) => {
  const { databases, index, ids } = set(t)
  await databases.root.transaction(() => {
    for (let i = 0; i < 30; i++) index.use(`id-${i}`, i, { recordBytes: 1000 })
    index.use('id-0', 50)
    index.use('unknown', 51)
    index.use('new', 52, { recordBytes: 1000 })
  })
  t.equal(ids().length, 30)
  t.ok(ids().includes('id-0'))
  t.notOk(ids().includes('id-1'))
  t.notOk(ids().includes('unknown'))
})

t.test('a use that is told late does not make it older', async (t) => {
  const { databases, index, ids } = set(t)
  await databases.root.transaction(() => {
    index.use('a', 1, { recordBytes: 100 })
    index.use('b', 10, { recordBytes: 100 })
    index.use('a', 20)
    index.use('a', 5)
  })
  t.strictSame(ids(), ['b', 'a'])
})

t.test('what is dropped leaves nothing, and no more than itself', async (t) => {
  const { databases, index } = set(t)
  await databases.root.transaction(() => {
    for (const id of ['a', 'ab']) {
      databases.torrents.putSync(id, Buffer.from(id))
      for (const piece of [0, 5, 2 ** 40]) databases.parts.putSync([id, piece], Buffer.from(id))
      databases.infoHashes.putSync(['the same hash', id], 1)
      index.use(id, 1, { recordBytes: 1000, infoHashes: ['the same hash'] })
    }
    index.drop('a')
    index.drop('unknown')
  })
  t.strictSame([...databases.torrents.getKeys()], ['ab'])
  t.equal([...databases.parts.getKeys()].length, 3)
  t.strictSame([...databases.infoHashes.getKeys()], [['the same hash', 'ab']])
  t.equal(countUsed(databases), 2500)
})

t.test('a record counts with its pages once it is larger than half of one', async (t) => {
  const { databases, index } = set(t)
  await databases.root.transaction(() => index.use('small', 1, { recordBytes: 2000 }))
  t.equal(countUsed(databases), 4000)
  await databases.root.transaction(() => index.use('large', 1, { recordBytes: 2100 }))
  t.equal(countUsed(databases), 4000 + 4096 + 1000)
  t.ok(index.fits(20_000))
  t.notOk(index.fits(40_000))
})

// None of these may loop, throw, or let the file grow.
t.test('where the index and the usage disagree', async (t) => {
  const { databases, index } = set(t)
  const { root, usage, byUse } = databases
  const fill = () => root.transaction(() => {
    for (let i = 0; i < 100; i++) index.use(`new-${i}`, 1000 + i, { recordBytes: 1000 })
  })
  const DAMAGES: Record<string, () => unknown> = {
    'no index': () => byUse.clearSync(),
    'an index of what is not there': () => { for (let i = 0; i < 500; i++) byUse.putSync([i, `ghost-${i}`], true) },
    'an index of other times': () => { for (let i = 0; i < 50; i++) byUse.putSync([5, `new-${i}`], true) },
    'usage that is no JSON': () => { for (let i = 0; i < 100; i++) usage.putSync(`new-${i}`, '{"used":') },
    'usage without an index': () => {
      for (let i = 0; i < 50; i++) {
        usage.putSync(`orphan-${i}`, '{"used":1,"bytes":20000}')
      }
    },
    'numbers that are none': () => {
      for (let i = 0; i < 100; i++) {
        usage.putSync(`new-${i}`, '{"used":"x","bytes":null,"infoHash":7}')
      }
    },
    'a sum that is too large': () => usage.putSync('total', '1e15'),
    'a sum that is no number': () => usage.putSync('total', 'x'),
    'a sum that is negative': () => usage.putSync('total', '-1')
  }
  for (const [name, damage] of Object.entries(DAMAGES)) {
    await fill()
    await root.transaction(() => { damage() })
    await fill()
    await root.transaction(() => index.recount())
    await fill()
    t.ok(countUsed(databases) <= BUDGET, `${name}: ${countUsed(databases)} used`)
    t.ok(usage.get('new-99'), `${name}: the newest is there`)
  }
})
