import type { BencodedValue } from './bencode/value.js'
import { v1FilesOf, v2FilesOf } from './content-files.js'
import type { ContentFile } from './content-files.js'
import { NotATorrent } from './not-a-torrent.js'
import { MalformedDigests, PieceDigests } from './piece-digests.js'
import type { Cut } from './piece-digests.js'
import type { TorrentTexts } from './torrent-texts.js'

export interface TorrentContent {
  /** `1`: BEP 3; `2`: BEP 52; `hybrid`: both. */
  readonly version: '1' | '2' | 'hybrid'
  readonly name: string
  /** One that is the torrent itself, or all below `name`. Padding (BEP 47, and BitComet's before it) is left out. */
  readonly files: readonly ContentFile[]
  readonly isSingleFile: boolean
  /** Bytes of all pieces of version 1, padding included; undefined in version 2 alone. */
  readonly paddedSize: number | undefined
  /** Undefined in version 2 alone. */
  readonly digests: PieceDigests | undefined
}

/** What an info dictionary describes. @throws NotATorrent */
export function contentOf (info: BencodedValue, pieceLength: number, texts: TorrentTexts): TorrentContent {
  const fileTree = info.get('meta version')?.integer === 2 ? info.get('file tree') : undefined
  const tree = fileTree?.isDictionary === true ? fileTree : undefined
  const pieces = info.get('pieces')?.byteString
  if (tree === undefined && pieces === undefined) throw new NotATorrent('is no torrent: it has no pieces')
  const name = texts.at(info, 'name') ?? ''
  const v1 = pieces === undefined ? undefined : v1FilesOf(info, name, texts)
  const digests = v1 && pieces && digestsOf(pieces, { size: v1.size, pieceLength, metaVersion: 1 })
  const files = tree === undefined ? v1?.files ?? [] : v2FilesOf(tree, v1?.files)
  if (v1 !== undefined && tree !== undefined) assertSame(v1.files, files)
  const [only] = files
  return {
    version: tree === undefined ? '1' : v1 === undefined ? '2' : 'hybrid',
    name,
    files,
    isSingleFile: v1?.isSingleFile ?? (files.length === 1 && only?.path === name),
    paddedSize: v1?.size,
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
function assertSame (v1: readonly ContentFile[], v2: readonly ContentFile[]): void {
  const sum = (files: readonly ContentFile[]): number => files.reduce((sum, { length }) => sum + length, 0)
  if (v1.length !== v2.length || sum(v1) !== sum(v2)) {
    throw new NotATorrent('is no torrent: its halves, of version 1 and 2, do not describe the same files')
  }
}
