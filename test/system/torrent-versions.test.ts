import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { PieceHasher } from '../../src/hashing/piece-hasher.js'
import { layoutOf, singleLayout } from '../../src/torrent/layout.js'
import type { Layout } from '../../src/torrent/layout.js'
import { FORMATS } from '../../src/torrent/meta-version.js'
import type { TorrentFormat } from '../../src/torrent/meta-version.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { TorrentDigests } from '../../src/torrent/torrent-digests.js'
import type { InfoFields } from '../../src/torrent/info.js'
import { infoDictionary, infoHashesOf } from '../../src/torrent/torrent.js'
import { contentAt } from '../support/content.js'
import { createByLibtorrent } from '../support/libtorrent.js'
import { need } from '../support/programs.js'
import { tempDir } from '../support/torrent-check.js'

// The info dictionaries that libtorrent's own create_torrent makes of the same files, byte for byte.

const PIECE = 32 * 1024
const BLOCK = 16 * 1024
const SIZES = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 5 * PIECE + 7]

interface Given { readonly path: string, readonly size: number }

const TREES: Record<string, readonly Given[]> = {
  'around the boundaries': SIZES.map((size, i) => ({ path: `f${i}.bin`, size })),
  'in reverse': SIZES.toReversed().map((size, i) => ({ path: `f${i}.bin`, size })),
  nested: ['a/a/a', 'a/a/b', 'a/b', 'b', 'c/d/e/f/g', 'c/d/e/h', 'c/i', 'ü/日本'].map(
    (path, i) => ({ path, size: (i * 7919) % (3 * PIECE) })
  ),
  'one file in a folder': [{ path: 'only.bin', size: 2 * PIECE + 1 }],
  'a thousand small files': Array.from(
    { length: 1_000 }, (_, i) => ({ path: `d${String(i % 10)}/f${String(i).padStart(4, '0')}`, size: i * 37 % 5_000 })
  ).sort((a, b) => a.path < b.path ? -1 : 1)
}

const contentOf = (path: string, size: number): Buffer => contentAt(path.length, 0, size)

function writeAll (folder: string, name: string, files: readonly Given[]): void {
  for (const { path, size } of files) {
    const file = join(folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, contentOf(path, size))
  }
}

/** The digests of each group, hashed by itself. */
function digestsOf (layout: Layout, files: readonly Given[], format: TorrentFormat): PieceDigests {
  const metaVersion = FORMATS[format]
  const runs = layout.groups.map(({ firstFile, files: count, size, padding }) => {
    const hasher = new PieceHasher({ first: 0, last: size - 1, pieceLength: PIECE, metaVersion, padding })
    for (const file of files.slice(firstFile, firstFile + count)) hasher.update(contentOf(file.path, file.size))
    return PieceDigests.of(hasher.take(), metaVersion)
  })
  return PieceDigests.join(runs, metaVersion)
}

/**
 * As libtorrent wants the files to be listed: with the pads of version 1, no two of one name, and without those of a
 * hybrid.
 */
function listed (layout: Layout, name: string, format: TorrentFormat): Array<Given & { pad?: boolean }> {
  const all: Array<Given & { pad?: boolean }> = []
  let end = 0
  for (const { path, length, offset } of layout.files) {
    const size = offset - end
    if (format === 'v1' && size > 0) {
      const before = all.filter((file) => file.pad === true && file.size === size).length
      all.push({ path: `${name}/.pad/${size}${before === 0 ? '' : `.${before + 1}`}`, size, pad: true })
    }
    all.push({ path: [name, ...path].join('/'), size: length })
    end = offset + length
  }
  return all
}

async function checkTree (t: Test, files: readonly Given[], format: TorrentFormat): Promise<void> {
  const folder = tempDir(t)
  writeAll(folder, 'set', files)
  const metaVersion = FORMATS[format]
  const layout = layoutOf(
    files.map(({ path, size }) => ({ path: path.split('/'), length: size })),
    { pieceLength: PIECE, metaVersion, mayPartBefore: (file) => file % 3 === 0 }
  )
  const fields: InfoFields = { name: 'set', pieceLength: PIECE, metaVersion, layout, isSingleFile: false }
  const digests = digestsOf(layout, files, format)
  const theirs = await createByLibtorrent(folder, PIECE, format, listed(layout, 'set', format))
  t.equal(infoDictionary(fields, digests).toString('latin1'), Buffer.from(theirs.info, 'hex').toString('latin1'))
  const { v1, v2 } = infoHashesOf(fields, digests)
  t.strictSame([v1?.hex ?? null, v2 ?? null], [theirs.infoHash, theirs.infoHashV2], 'one swarm')
  if (format === 'v1') return
  const ours = new TorrentDigests(fields, digests)
  for (const [file, { length }] of layout.files.entries()) {
    if (length > PIECE) {
      t.equal(ours.layer(file).toString('hex'), theirs.layers[ours.root(file).toString('hex')], `layer of file ${file}`)
    }
  }
}

for (const [name, files] of Object.entries(TREES)) {
  for (const format of ['v1', 'hybrid', 'v2'] as const) {
    t.test(`${name}, ${format}`, async (t) => {
      if (need(t, 'python-libtorrent')) await checkTree(t, files, format)
    })
  }
}

t.test('one file that is the torrent', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  for (const format of ['v1', 'hybrid', 'v2'] as const) {
    for (const size of SIZES.filter((size) => size > 0)) {
      const folder = tempDir(t)
      const files = [{ path: 'film.bin', size }]
      writeAll(folder, '', files)
      const layout = singleLayout('film.bin', size)
      const metaVersion = FORMATS[format]
      const fields: InfoFields = { name: 'film.bin', pieceLength: PIECE, metaVersion, layout, isSingleFile: true }
      const theirs = await createByLibtorrent(folder, PIECE, format, files)
      const { v1, v2 } = infoHashesOf(fields, digestsOf(layout, files, format))
      t.strictSame([v1?.hex ?? null, v2 ?? null], [theirs.infoHash, theirs.infoHashV2], `${format}, ${size} bytes`)
    }
  }
})
