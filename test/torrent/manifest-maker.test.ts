import t from 'tap'
import { ManifestMaker } from '../../src/torrent/manifest-maker.js'
import { manifestOf } from '../../src/torrent/manifest-of.js'
import type { PrefixOf } from '../../src/torrent/manifest-of.js'

const OF: PrefixOf = { origin: 'o', bucket: 'bkt', prefix: 'set/', pieceLength: 'auto', metaVersion: 1 }
const objects = (changed: Record<string, { etag: string, size: number }> = {}) => new Map(Object.entries({
  'set/a': { etag: '"a"', size: 1 }, 'set/b': { etag: '"b"', size: 2 }, ...changed
}))

t.test('a manifest is made once, and is that of the very objects', async (t) => {
  const maker = new ManifestMaker()
  const made = maker.make(OF, objects())
  t.strictSame(made, manifestOf(OF, objects()))
  t.equal(maker.make(OF, objects()), made, 'the same one')
  for (const [of, others] of [
    [OF, objects({ 'set/b': { etag: '"c"', size: 2 } })],
    [OF, objects({ 'set/b': { etag: '"b"', size: 3 } })],
    [OF, objects({ 'set/c': { etag: '"c"', size: 2 } })],
    [{ ...OF, metaVersion: 2 }, objects()],
    [{ ...OF, pieceLength: 32_768 }, objects()],
    [{ ...OF, origin: 'other' }, objects()],
    [{ ...OF, bucket: 'other' }, objects()],
    [{ ...OF, name: 'other' }, objects()]
  ] as const) {
    t.not(maker.make(of, others), made)
    t.strictSame(maker.make(of, others), manifestOf(of, others))
  }
})
