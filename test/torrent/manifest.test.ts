import t from 'tap'
import { idOf, paddingOf, twinOf } from '../../src/torrent/identity.js'
import { decodeManifest, encodeManifest, groupIdentity, laidOut } from '../../src/torrent/manifest.js'
import { manifestOf } from '../../src/torrent/manifest-of.js'
import type { PrefixOf } from '../../src/torrent/manifest-of.js'

const MIB = 2 ** 20
const OF: PrefixOf = { origin: 'o', bucket: 'bkt', prefix: 'set/', pieceLength: 'auto', metaVersion: 1 }
const objects = (...entries: ReadonlyArray<readonly [key: string, size: number, etag?: string]>) =>
  new Map(entries.map(([key, size, etag = `"${key}"`]) => [key, { size, etag }]))

t.test('a manifest is what its objects are, in whichever order they come', async (t) => {
  const one = manifestOf(OF, objects(['set/b', 5], ['set/a', 7]))
  const other = manifestOf(OF, objects(['set/a', 7], ['set/b', 5]))
  t.equal(idOf(one.identity), idOf(other.identity))
  t.strictSame(one.files.map(({ key }) => key), ['set/a', 'set/b'])
  for (const changed of [
    manifestOf(OF, objects(['set/a', 7, '"other"'], ['set/b', 5])),
    manifestOf(OF, objects(['set/a', 8], ['set/b', 5])),
    manifestOf(OF, objects(['set/a', 7])),
    manifestOf({ ...OF, metaVersion: 2 }, objects(['set/a', 7], ['set/b', 5])),
    manifestOf({ ...OF, pieceLength: 16_384 }, objects(['set/a', 7], ['set/b', 5])),
    manifestOf({ ...OF, bucket: 'other' }, objects(['set/a', 7], ['set/b', 5]))
  ]) t.not(idOf(changed.identity), idOf(one.identity))
})

t.test('it is kept, and is not taken for another one', async (t) => {
  const manifest = manifestOf(OF, objects(['set/a', 7], ['set/b', 5]))
  const { layout: _, identity, ...plain } = manifest
  t.strictSame(decodeManifest(idOf(identity), encodeManifest(plain)), plain)
  t.strictSame(laidOut(plain), manifest)
  t.equal(decodeManifest('0'.repeat(64), encodeManifest(plain)), undefined)
  t.equal(decodeManifest(idOf(identity), Buffer.from('{')), undefined)
})

t.test('a group is what an object is where it is one', async (t) => {
  const manifest = manifestOf(OF, objects(['set/a', 3 * MIB + 1], ['set/b', 5], ['set/c', 6], ['set/d', 2 * MIB]))
  const [a, pack, d] = manifest.layout.groups.map((group) => groupIdentity(manifest, group))
  t.match(a, { key: 'set/a', etag: '"set/a"', size: 3 * MIB + 1, padded: true })
  t.equal(a && paddingOf(a), MIB - 1)
  t.match(pack, { key: 'set/b', size: 11, subject: 'pack', padded: true })
  t.strictSame([d?.subject, d?.padded], [undefined, undefined], 'its last piece is whole')
  const twin = a && twinOf(a)
  t.equal(twin?.padded, undefined)
  t.strictSame(twin && twinOf(twin), a)
  t.equal(d && twinOf(d), undefined)
})

t.test('the piece length grows rarely, and keeps the torrent under what libtorrent loads', async (t) => {
  for (const [size, pieceLength] of [
    [1, 1], [2 ** 34, 1], [2 ** 34 + 1, 4], [2 ** 37, 4], [2 ** 37 + 1, 16], [2 ** 40, 16]
  ] as const) {
    t.equal(manifestOf(OF, objects(['set/a', size])).pieceLength, pieceLength * MIB, `${size} bytes`)
  }
  const many = objects(...Array.from({ length: 1_000 }, (_, i) => [`set/${i}`, 16 * MIB] as const))
  t.equal(manifestOf({ ...OF, metaVersion: 'hybrid' }, many).pieceLength, MIB)
  const pieces = objects(['set/a', 2 ** 34])
  t.equal(manifestOf({ ...OF, metaVersion: 'hybrid', pieceLength: 2 ** 17 }, pieces).pieceLength, 2 ** 17)
  const tooLong = { code: 'InvalidRequest', message: /more than 9990000 bytes/ }
  t.throws(() => manifestOf({ ...OF, pieceLength: 16_384 }, pieces), tooLong, 'a fixed one is not changed')
  const long = objects(...Array.from({ length: 60_000 }, (_, i) => [`set/${i}`.padEnd(180, 'x'), 1] as const))
  t.throws(() => manifestOf(OF, long), tooLong, 'names alone are too long')
})
