import { createHash } from 'node:crypto'
import { BencodeError, asDictionary, decode } from './bencoded-value.js'
import type { BencodedDictionary, BencodedValue } from './bencoded-value.js'
import { magnet } from './magnet.js'
import { piecesLength } from './piece-length.js'

/** What somebody's metainfo file says, of any version. Texts are as they came: a terminal must not see them so. */
export interface TorrentFile {
  /** `1`: BEP 3; `2`: BEP 52; `hybrid`: both. */
  readonly version: '1' | '2' | 'hybrid'
  /** Hexadecimal: SHA-1 of the info dictionary, undefined in version 2 alone. */
  readonly infoHash: string | undefined
  /** Hexadecimal: SHA-256 of the info dictionary, undefined in version 1. */
  readonly infoHashV2: string | undefined
  readonly name: string
  /** Bytes of all files. */
  readonly size: number
  readonly pieceLength: number
  readonly pieces: number
  /** SHA-1 of each piece, 20 bytes each; undefined in version 2 alone. */
  readonly digests: Buffer | undefined
  /** One that is the torrent itself, or all below `name`. Padding (BEP 47) is left out. */
  readonly files: ReadonlyArray<{ readonly path: string, readonly length: number }>
  readonly isSingleFile: boolean
  readonly trackers: ReadonlyArray<readonly string[]>
  readonly webSeeds: readonly string[]
  readonly createdBy: string | undefined
  readonly creationDate: Date | undefined
  readonly comment: string | undefined
  /** BEP 27. */
  readonly isPrivate: boolean
  readonly magnet: string
}

/** `message` goes on from the file's name. */
export class NotATorrent extends Error {
  override name = 'NotATorrent'
}

type File = TorrentFile['files'][number]

/** Reads a metainfo file of any origin: what it must have is checked, what it may have is left out where it is something else. @throws NotATorrent */
export function readTorrentFile (bytes: Buffer): TorrentFile {
  const root = rootOf(bytes)
  const info = asDictionary(root.entries.get('info'))
  if (info === undefined) throw new NotATorrent('is no torrent: it has no info dictionary')
  const pieceLength = integerOf(info, 'piece length') ?? 0
  if (pieceLength < 1) throw new NotATorrent('is no torrent: it has no piece length')
  const { version, files, isSingleFile, digests } = contentOf(info, pieceLength)
  const size = files.reduce((sum, { length }) => sum + length, 0)
  if (!Number.isSafeInteger(size)) throw new NotATorrent('is no torrent: its size is beyond all measure')
  const name = textOf(info, 'name') ?? ''
  const infoHash = version === '2' ? undefined : createHash('sha1').update(info.bytes).digest('hex')
  const infoHashV2 = version === '1' ? undefined : createHash('sha256').update(info.bytes).digest('hex')
  const trackers = trackersOf(root)
  const webSeeds = webSeedsOf(root)
  const seconds = integerOf(root, 'creation date')
  const creationDate = seconds === undefined ? undefined : new Date(seconds * 1000)
  return {
    version,
    infoHash,
    infoHashV2,
    name,
    size,
    pieceLength,
    pieces: digests === undefined ? files.reduce((sum, { length }) => sum + Math.ceil(length / pieceLength), 0) : digests.length / 20,
    digests,
    files: isSingleFile ? files.map(({ length }) => ({ path: name, length })) : files,
    isSingleFile,
    trackers,
    webSeeds,
    createdBy: textOf(root, 'created by'),
    creationDate: creationDate === undefined || Number.isNaN(creationDate.getTime()) ? undefined : creationDate,
    comment: textOf(root, 'comment'),
    isPrivate: info.entries.get('private') === 1,
    magnet: `magnet:?${[infoHash && `xt=urn:btih:${infoHash}`, infoHashV2 && `xt=urn:btmh:1220${infoHashV2}`].filter(Boolean).join('&')}` +
      magnet({ name, length: size, trackers: trackers.flat(), webSeeds, exactSource: undefined }).tail
  }
}

function rootOf (bytes: Buffer): BencodedDictionary {
  try {
    const root = asDictionary(decode(bytes))
    if (root !== undefined) return root
  } catch (cause) {
    if (cause instanceof BencodeError) throw new NotATorrent(`is no torrent: it ${cause.message}`, { cause })
    throw cause
  }
  throw new NotATorrent('is no torrent: it is no dictionary')
}

function contentOf (info: BencodedDictionary, pieceLength: number): Pick<TorrentFile, 'version' | 'files' | 'isSingleFile' | 'digests'> {
  const tree = integerOf(info, 'meta version') === 2 ? asDictionary(info.entries.get('file tree')) : undefined
  const digests = info.entries.get('pieces')
  if (tree === undefined && !Buffer.isBuffer(digests)) throw new NotATorrent('is no torrent: it has no pieces')
  const v1 = Buffer.isBuffer(digests) ? v1FilesOf(info) : undefined
  if (v1 !== undefined && Buffer.isBuffer(digests)) assertPieces(digests, v1.size, pieceLength)
  const files = tree === undefined ? v1?.files ?? [] : v2FilesOf(tree)
  const [only] = files
  return {
    version: tree === undefined ? '1' : v1 === undefined ? '2' : 'hybrid',
    files,
    isSingleFile: v1?.isSingleFile ?? (files.length === 1 && only?.path === textOf(info, 'name')),
    digests: Buffer.isBuffer(digests) ? digests : undefined
  }
}

function assertPieces (digests: Buffer, size: number, pieceLength: number): void {
  if (digests.length !== piecesLength(size, pieceLength)) throw new NotATorrent('is no torrent: its pieces and its size do not belong together')
}

function v1FilesOf (info: BencodedDictionary): { files: File[], isSingleFile: boolean, size: number } {
  const list = info.entries.get('files')
  if (!Array.isArray(list)) {
    const length = lengthOf(info)
    return { files: [{ path: '', length }], isSingleFile: true, size: length }
  }
  const all = (list as BencodedValue[]).map((entry) => {
    const file = asDictionary(entry)
    const path = file?.entries.get('path')
    if (file === undefined || !Array.isArray(path)) throw new NotATorrent('is no torrent: a file of it has no path')
    return { path: (path as BencodedValue[]).map((part) => Buffer.isBuffer(part) ? part.toString() : '').join('/'), length: lengthOf(file), pads: /p/.test(textOf(file, 'attr') ?? '') }
  })
  return { files: all.filter(({ pads }) => !pads).map(({ path, length }) => ({ path, length })), isSingleFile: false, size: all.reduce((sum, { length }) => sum + length, 0) }
}

function v2FilesOf (tree: BencodedDictionary, path: readonly string[] = []): File[] {
  return [...tree.entries].flatMap(([name, entry]) => {
    const below = asDictionary(entry)
    if (below === undefined) throw new NotATorrent('is no torrent: its file tree is none')
    const itself = name === ''
    return itself ? [{ path: path.join('/'), length: lengthOf(below) }] : v2FilesOf(below, [...path, Buffer.from(name, 'latin1').toString()])
  })
}

function lengthOf (file: BencodedDictionary): number {
  const length = integerOf(file, 'length') ?? -1
  if (length < 0) throw new NotATorrent('is no torrent: a file of it has no length')
  return length
}

function trackersOf (root: BencodedDictionary): string[][] {
  const list = root.entries.get('announce-list')
  const tiers = Array.isArray(list) ? (list as BencodedValue[]).map(textsOf).filter((tier) => tier.length > 0) : []
  const only = textOf(root, 'announce')
  return tiers.length > 0 ? tiers : only ? [[only]] : []
}

function webSeedsOf (root: BencodedDictionary): string[] {
  const list = root.entries.get('url-list')
  return (Array.isArray(list) ? textsOf(list as BencodedValue[]) : [textOf(root, 'url-list') ?? '']).filter((url) => url !== '')
}

function textsOf (value: BencodedValue): string[] {
  return Array.isArray(value) ? (value as BencodedValue[]).flatMap((item) => Buffer.isBuffer(item) ? item.toString() : []) : []
}

function textOf ({ entries }: BencodedDictionary, key: string): string | undefined {
  const value = entries.get(key)
  return Buffer.isBuffer(value) ? value.toString() : undefined
}

function integerOf ({ entries }: BencodedDictionary, key: string): number | undefined {
  const value = entries.get(key)
  return typeof value === 'number' ? value : undefined
}
