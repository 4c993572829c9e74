import type { BencodedValue } from './bencode/value.js'
import { NotATorrent } from './not-a-torrent.js'
import { MalformedDigests, PieceDigests } from './piece-digests.js'
import type { Cut } from './piece-digests.js'
import type { TorrentTexts } from './torrent-texts.js'

export interface TorrentContent {
  /** `1`: BEP 3; `2`: BEP 52; `hybrid`: both. */
  readonly version: '1' | '2' | 'hybrid'
  readonly name: string
  /** One that is the torrent itself, or all below `name`. Padding (BEP 47, and BitComet's before it) is left out. */
  readonly files: ReadonlyArray<{ readonly path: string, readonly length: number }>
  readonly isSingleFile: boolean
  /** Undefined in version 2 alone. */
  readonly digests: PieceDigests | undefined
}

type File = TorrentContent['files'][number]

/**
 * Of all files of version 2 together, whose directories are written once and are in the path of everything below them.
 */
const MAX_PATH_CHARACTERS = 64 * 1024 * 1024
/** What BitComet called its padding, years before BEP 47. */
const BITCOMET_PADDING = /(^|\/)_____padding_file_[^/]*$/

/** What an info dictionary describes. @throws NotATorrent */
export function contentOf (info: BencodedValue, pieceLength: number, texts: TorrentTexts): TorrentContent {
  const fileTree = info.get('meta version')?.integer === 2 ? info.get('file tree') : undefined
  const tree = fileTree?.isDictionary === true ? fileTree : undefined
  const pieces = info.get('pieces')?.byteString
  if (tree === undefined && pieces === undefined) throw new NotATorrent('is no torrent: it has no pieces')
  const name = texts.at(info, 'name') ?? ''
  const v1 = pieces === undefined ? undefined : v1FilesOf(info, name, texts)
  const digests = v1 && pieces && digestsOf(pieces, { size: v1.size, pieceLength, metaVersion: 1 })
  const files = tree === undefined ? v1?.files ?? [] : v2FilesOf(tree)
  if (v1 !== undefined && tree !== undefined) assertSame(v1.files, files)
  const [only] = files
  return {
    version: tree === undefined ? '1' : v1 === undefined ? '2' : 'hybrid',
    name,
    files,
    isSingleFile: v1?.isSingleFile ?? (files.length === 1 && only?.path === name),
    digests
  }
}

function digestsOf (pieces: Buffer, cut: Cut): PieceDigests {
  try {
    return PieceDigests.whole(pieces, cut)
  } catch (cause) {
    if (!(cause instanceof MalformedDigests)) throw cause
    throw new NotATorrent('is no torrent: its pieces and its size do not belong together', { cause })
  }
}

// BEP 52: who reads either half of a hybrid reads the same files.
function assertSame (v1: readonly File[], v2: readonly File[]): void {
  const sum = (files: readonly File[]): number => files.reduce((sum, { length }) => sum + length, 0)
  if (v1.length !== v2.length || sum(v1) !== sum(v2)) {
    throw new NotATorrent('is no torrent: its halves, of version 1 and 2, do not describe the same files')
  }
}

function v1FilesOf (info: BencodedValue, name: string, texts: TorrentTexts): {
  files: File[]
  isSingleFile: boolean
  size: number
} {
  const list = info.get('files')
  if (list?.isList !== true) {
    const length = lengthOf(info)
    return { files: [{ path: name, length }], isSingleFile: true, size: length }
  }
  const files: File[] = []
  let size = 0
  for (const file of list.items()) {
    const path = texts.path(file)
    if (path === undefined) throw new NotATorrent('is no torrent: a file of it has no path')
    const attributes = file.get('attr')?.text ?? ''
    // Of a symbolic link it may be left out.
    const length = attributes.includes('l') && file.get('length') === undefined ? 0 : lengthOf(file)
    size += length
    if (!attributes.includes('p') && !BITCOMET_PADDING.test(path)) files.push({ path, length })
  }
  return { files, isSingleFile: false, size }
}

function v2FilesOf (tree: BencodedValue): File[] {
  const files: File[] = []
  let characters = 0
  const walk = (directory: BencodedValue, path: string): void => {
    for (const [name, below] of directory.entries()) {
      if (!below.isDictionary) throw new NotATorrent('is no torrent: its file tree is none')
      if (name.written.length > 0) {
        walk(below, path === '' ? name.text ?? '' : `${path}/${name.text}`)
        continue
      }
      characters += path.length
      if (characters > MAX_PATH_CHARACTERS) {
        throw new NotATorrent(
          `is no torrent: the paths of its files have more than ${MAX_PATH_CHARACTERS.toLocaleString('en')} characters`
        )
      }
      files.push({ path, length: lengthOf(below) })
    }
  }
  walk(tree, '')
  return files
}

function lengthOf (file: BencodedValue): number {
  const length = file.get('length')?.integer ?? -1
  if (length < 0) throw new NotATorrent('is no torrent: a file of it has no length')
  return length
}
