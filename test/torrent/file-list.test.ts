import bencode from 'bencode'
import t from 'tap'
import { fileList } from '../../src/torrent/file-list.js'
import { layoutOf } from '../../src/torrent/layout.js'
import type { MetaVersion } from '../../src/torrent/meta-version.js'

const PIECE_LENGTH = 32_768

/** The paths of files of these lengths, and of the pads behind them. */
function paths (lengths: readonly number[], metaVersion: MetaVersion): string[] {
  const files = lengths.map((length, i) => ({ path: [`f${i}`], length }))
  const layout = layoutOf(files, { pieceLength: PIECE_LENGTH, metaVersion, mayPartBefore: () => false })
  const list = bencode.decode(fileList(layout, metaVersion)) as Array<{ path: Uint8Array[], length: number }>
  return list.map(({ path }) => path.map((part) => Buffer.from(part).toString()).join('/'))
}

t.test('no two pads of version 1 have one path: rtorrent refuses that', async (t) => {
  t.strictSame(paths([40_000, 40_000, 40_001, 40_000, 40_000], 1), [
    'f0', '.pad/25536', 'f1', '.pad/25536.2', 'f2', '.pad/25535', 'f3', '.pad/25536.3', 'f4'
  ])
})

t.test('those of a hybrid are as libtorrent writes them', async (t) => {
  t.strictSame(paths([40_000, 40_000], 'hybrid'), ['f0', '.pad/25536', 'f1', '.pad/25536'])
})
