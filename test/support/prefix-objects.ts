import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import bencode from 'bencode'
import { contentAt } from './content.js'
import { seeded } from './hostile-keys.js'

export interface PrefixObject {
  /** Below the prefix. */
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Of its content. */
  readonly seed: number
}

// Of each two that some client, file system or URL takes for one, both.
const ODD = [
  'a b', 'a+b', 'a%20b', 'a%2Bb', 'a#b', 'a?b', 'a&b=c;d', '100%25', '100%', 'a:b', 'a\\b', 'a|b*c', '<tag>',
  'say "hi"', '\u00e9.txt', 'e\u0301.txt', 'É.txt', 'кино/日本 😀.mkv', '😀', '👩‍👩‍👧/👍🏽',
  'A', 'a', 'a/b', 'a//b', 'A/b', 'a/B', '/leading', '//twice', '.hidden', '..two', '...', '.pad/7', '.pad.bin',
  'CON', 'con.txt', 'NUL/x', 'dot.', 'dots...', 'space ', ' space', 'tab\tnew\nline', '[x]{y}^`', '(~!\'@$,)', '~',
  'n'.repeat(250), `${'é'.repeat(120)}.tar.gz`, `${'日'.repeat(80)}/${'w'.repeat(250)}`, 'deep/'.repeat(30) + 'x'
]
const EMPTY = ['!first', 'empty', 'nested/empty', 'nested/sub/also empty', 'only/empty', '~last']
const FOLDER_MARKERS = ['marker/', 'nested/', 'only/marker/']

/**
 * `count` objects of `bytes` together: odd names, empty ones and markers of folders among them, sizes around that of a
 * piece and of a block, small ones and one of a third of all bytes.
 */
export function prefixObjects (count: number, bytes: number, pieceLength: number): PrefixObject[] {
  const random = seeded(5)
  // Two bytes short of a piece, and not one: aria2 waits ten seconds behind a pad of one byte, so one such is enough.
  const around = [1, 2, 3].flatMap((pieces) => [-2, 0, 1].map((more) => pieces * pieceLength + more))
  const sizes = [
    ...around, 2 * pieceLength - 1, 1, 16_383, 16_384, 16_385, 32_768, 3 * pieceLength + 7, Math.floor(bytes / 3)
  ]
  const named = [...ODD, ...sizes.map((size) => `sizes/${size}.bin`)]
  const plain = count - named.length - EMPTY.length - FOLDER_MARKERS.length
  const keys = [...named, ...Array.from({ length: plain }, (_, i) => `tree/${i % 4}/${i % 3}/file ${i}`)]
  const rest = bytes - sizes.reduce((sum, size) => sum + size, 0)
  const shares = keys.map(() => random() ** 3)
  const all = shares.reduce((sum, share) => sum + share, 0)
  return [
    ...keys.map((key, i) => {
      const given = sizes[i - ODD.length]
      return { key, seed: i, size: given ?? 1 + Math.floor(rest * (shares[i] ?? 0) / all) }
    }),
    ...[...EMPTY, ...FOLDER_MARKERS].map((key) => ({ key, seed: 0, size: 0 }))
  ]
}

/** Of a torrent's files: where BEP 47 has its pads, and how long each is. */
export function padsOf (torrent: Uint8Array): Map<string, number> {
  const { info } = bencode.decode(torrent) as {
    info: { files?: Array<{ path: Uint8Array[], attr?: Uint8Array, length: number }> }
  }
  const pads = (info.files ?? []).filter(({ attr }) => attr !== undefined && Buffer.from(attr).includes('p'))
  return new Map(pads.map(({ path, length }) => [path.map((part) => Buffer.from(part).toString()).join('/'), length]))
}

export interface SavedFiles {
  /** Of `files`: what is there as a file, and byte for byte the object. */
  readonly right: string[]
  readonly wrong: string[]
  readonly missing: string[]
  /** All other files in the folder. */
  readonly others: string[]
}

/** What a client has saved of a prefix. @param files by path, joined with slashes */
export function savedFiles (folder: string, files: ReadonlyMap<string, PrefixObject>): SavedFiles {
  const saved: SavedFiles = { right: [], wrong: [], missing: [], others: [] }
  for (const [path, { seed, size }] of files) {
    const file = join(folder, path)
    if (!existsSync(file)) saved.missing.push(path)
    else if (statSync(file).isFile() && readFileSync(file).equals(contentAt(seed, 0, size))) saved.right.push(path)
    else saved.wrong.push(path)
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name))
    if (entry.isFile() && !files.has(path)) saved.others.push(path)
  }
  return { ...saved, others: saved.others.sort() }
}
