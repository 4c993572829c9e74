import t from 'tap'
import { encode } from '../../src/torrent/bencode/encode.js'
import { decode } from '../../src/torrent/bencode/decode.js'
import { layoutOf } from '../../src/torrent/layout.js'
import { metainfoTemplate } from '../../src/torrent/metainfo.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { filled, lengthOf } from '../../src/torrent/template.js'
import { TorrentDigests, hashTreesOf } from '../../src/torrent/torrent-digests.js'

const PIECE = 16_384

/** A metainfo file of version 2 of files of so many pieces; those with one seed have the same bytes. */
function torrentOf (files: ReadonlyArray<readonly [pieces: number, seed: number]>) {
  const layout = layoutOf(
    files.map(([pieces], i) => ({ path: [`f${i}`], length: pieces * PIECE })),
    { pieceLength: PIECE, metaVersion: 2, mayPartBefore: () => false }
  )
  const fields = { name: 'n', pieceLength: PIECE, metaVersion: 2, layout, isSingleFile: false } as const
  const digests = PieceDigests.of(Buffer.concat(files.flatMap(([pieces, seed]) => Array.from(
    { length: pieces }, (_, piece) => Buffer.alloc(32, `${seed} ${piece}`)
  ))), 2)
  const template = metainfoTemplate(fields, { announce: [], creationDate: undefined, urlList: ['http://s/'] })
  const torrent = new TorrentDigests(fields, digests)
  return { fields, digests, torrent, template, whole: filled(template, (gap) => torrent.fill(gap)) }
}

t.test('files of the same bytes have one piece layer, and the length is what was said before', async (t) => {
  for (const [files, layers] of [
    [[[3, 1], [3, 2]], 2],
    [[[3, 1], [3, 1]], 1],
    [[[1, 1], [1, 1], [2, 5]], 1],
    [Array.from({ length: 40 }, () => [2, 1] as const), 1],
    // Of each length that the rest can have.
    ...Array.from({ length: 60 }, (_, i) => [[[2 + i, 1], [2 + i, 1], [2, 3]], 2] as const)
  ] as ReadonlyArray<readonly [ReadonlyArray<readonly [number, number]>, number]>) {
    const { template, whole } = torrentOf(files)
    t.equal(whole.length, lengthOf(template))
    const root = decode(whole)
    t.equal([...root.get('piece layers')?.entries() ?? []].length, layers)
    const keys = [...root.entries()].map(([key]) => key.text ?? '')
    t.strictSame(keys, keys.toSorted(), 'keys are sorted')
  }
})

t.test('the trees that peers ask for are found by their roots', async (t) => {
  const { fields, digests, torrent } = torrentOf([[3, 1], [1, 2]])
  const trees = hashTreesOf(fields, digests)
  t.strictSame(trees.treeOf(torrent.root(0)), { length: 3 * PIECE, pieceLayer: torrent.layer(0) })
  t.strictSame(trees.treeOf(torrent.root(1)), { length: PIECE, pieceLayer: torrent.root(1) })
  t.equal(trees.treeOf(Buffer.alloc(32)), undefined)
  t.ok(encode(torrent.layer(0)).length > 96)
})
