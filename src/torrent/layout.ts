import { hasV1 } from './meta-version.js'
import type { MetaVersion } from './meta-version.js'

/** A file of a torrent. */
export interface FileEntry {
  /** Its components, below the torrent's name; of a torrent that is one file, that name. */
  readonly path: readonly string[]
  /** Bytes. */
  readonly length: number
}

/** A file where it stands among the pieces. */
export interface LaidFile extends FileEntry {
  /** Of its first byte, in all bytes of the torrent, pads included. */
  readonly offset: number
}

/**
 * Files that follow one another without a pad, from the start of a piece: what is hashed by itself, and hashed again
 * when one of them changes.
 */
export interface FileGroup {
  readonly firstFile: number
  readonly files: number
  /** Bytes of its files. */
  readonly size: number
  /** Zeros behind them, to the end of their last piece (BEP 47). */
  readonly padding: number
  readonly firstPiece: number
}

/** Where the files of a torrent stand. */
export interface Layout {
  readonly files: readonly LaidFile[]
  /** Those of them that have bytes, in order. */
  readonly groups: readonly FileGroup[]
  /** Bytes of all, pads included. */
  readonly size: number
}

export interface LayoutOptions {
  readonly pieceLength: number
  readonly metaVersion: MetaVersion
  /** Whether a group of small files may end before this one: what is said of it depends on the file alone. */
  readonly mayPartBefore: (file: number) => boolean
}

/** A group of small files has at least so many pieces before it may end, and at most so many. */
const LEAST_PIECES = 8
const MOST_PIECES = 64

/**
 * Lays files out one behind the other. With a version 2 each begins at a piece, as BEP 52 asks. In version 1 a file of
 * a piece or more does, and smaller ones are packed; a pack ends where a file says so by its own nature, so that one
 * more file changes the pack that it comes into, and those behind it stay as they were.
 */
export function layoutOf (files: readonly FileEntry[], options: LayoutOptions): Layout {
  const { pieceLength, metaVersion, mayPartBefore } = options
  const laid: LaidFile[] = []
  const groups: Group[] = []
  let offset = 0
  let pack: Group | undefined
  for (const [i, file] of files.entries()) {
    const isPacked = metaVersion === 1 && file.length < pieceLength
    const next = Math.ceil(offset / pieceLength) * pieceLength
    if (file.length === 0) {
      // It has no piece. A pad of a hybrid stands right behind its file, as libtorrent writes it.
      laid.push({ ...file, offset: metaVersion === 'hybrid' ? next : offset })
      continue
    }
    if (pack === undefined || !isPacked || ends(pack, file.length, pieceLength, mayPartBefore(i))) {
      offset = next
      const group = { firstFile: i, files: 0, size: 0, firstPiece: offset / pieceLength }
      groups.push(group)
      pack = isPacked ? group : undefined
      add(group, i, file)
    } else {
      add(pack, i, file)
    }
    laid.push({ ...file, offset })
    offset += file.length
  }
  const padded = groups.map((group, i): FileGroup => {
    // Libtorrent pads the last of several files of a hybrid too, and BEP 52 leaves it open.
    const isLastPadded = metaVersion === 'hybrid' && files.length > 1
    const isPadded = hasV1(metaVersion) && (isLastPadded || i < groups.length - 1)
    return { ...group, padding: isPadded ? (pieceLength - group.size % pieceLength) % pieceLength : 0 }
  })
  return { files: laid, groups: padded, size: offset + (padded.at(-1)?.padding ?? 0) }
}

/** The layout of a torrent that is one file. */
export function singleLayout (name: string, length: number): Layout {
  return {
    files: [{ path: [name], length, offset: 0 }],
    groups: length === 0 ? [] : [{ firstFile: 0, files: 1, size: length, padding: 0, firstPiece: 0 }],
    size: length
  }
}

type Group = { -readonly [Name in Exclude<keyof FileGroup, 'padding'>]: number }

function add (group: Group, file: number, { length }: FileEntry): void {
  group.files = file - group.firstFile + 1 // with empty ones between
  group.size += length
}

function ends ({ size }: Group, more: number, pieceLength: number, mayPart: boolean): boolean {
  return (mayPart && size >= LEAST_PIECES * pieceLength) || size + more > MOST_PIECES * pieceLength
}
