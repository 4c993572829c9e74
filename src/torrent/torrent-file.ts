import { createHash } from 'node:crypto'
import { BencodeError, decode } from './bencoded-value.js'
import type { BencodedValue } from './bencoded-value.js'
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

/** Trackers, and web seeds. */
const MAX_URLS = 10_000
/** Of all files of version 2 together, whose directories are written once and are in the path of everything below them. */
const MAX_PATH_CHARACTERS = 64 * 1024 * 1024

/** Reads a metainfo file of any origin: what it must have is checked, what it may have is left out where it is something else. @throws NotATorrent */
export function readTorrentFile (bytes: Buffer): TorrentFile {
  const root = rootOf(bytes)
  const info = root.get('info')
  if (info?.isDictionary !== true) throw new NotATorrent('is no torrent: it has no info dictionary')
  const pieceLength = info.get('piece length')?.integer ?? 0
  if (pieceLength < 1) throw new NotATorrent('is no torrent: it has no piece length')
  const { version, files, isSingleFile, digests } = contentOf(info, pieceLength)
  const size = files.reduce((sum, { length }) => sum + length, 0)
  if (!Number.isSafeInteger(size)) throw new NotATorrent('is no torrent: its size is beyond all measure')
  const name = info.get('name')?.text ?? ''
  const infoHash = version === '2' ? undefined : createHash('sha1').update(info.written).digest('hex')
  const infoHashV2 = version === '1' ? undefined : createHash('sha256').update(info.written).digest('hex')
  const trackers = trackersOf(root)
  const webSeeds = webSeedsOf(root)
  const seconds = root.get('creation date')?.integer
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
    createdBy: root.get('created by')?.text,
    creationDate: creationDate === undefined || Number.isNaN(creationDate.getTime()) ? undefined : creationDate,
    comment: root.get('comment')?.text,
    isPrivate: info.get('private')?.integer === 1,
    magnet: `magnet:?${[infoHash && `xt=urn:btih:${infoHash}`, infoHashV2 && `xt=urn:btmh:1220${infoHashV2}`].filter(Boolean).join('&')}` +
      magnet({ name, length: size, trackers: trackers.flat(), webSeeds, exactSource: undefined }).tail
  }
}

function rootOf (bytes: Buffer): BencodedValue {
  try {
    const root = decode(bytes)
    if (root.isDictionary) return root
  } catch (cause) {
    if (cause instanceof BencodeError) throw new NotATorrent(`is no torrent: it ${cause.message}`, { cause })
    throw cause
  }
  throw new NotATorrent('is no torrent: it is no dictionary')
}

function contentOf (info: BencodedValue, pieceLength: number): Pick<TorrentFile, 'version' | 'files' | 'isSingleFile' | 'digests'> {
  const fileTree = info.get('meta version')?.integer === 2 ? info.get('file tree') : undefined
  const tree = fileTree?.isDictionary === true ? fileTree : undefined
  const digests = info.get('pieces')?.byteString
  if (tree === undefined && digests === undefined) throw new NotATorrent('is no torrent: it has no pieces')
  const v1 = digests === undefined ? undefined : v1FilesOf(info)
  if (v1 !== undefined && digests !== undefined) assertPieces(digests, v1.size, pieceLength)
  const files = tree === undefined ? v1?.files ?? [] : v2FilesOf(tree)
  const [only] = files
  return {
    version: tree === undefined ? '1' : v1 === undefined ? '2' : 'hybrid',
    files,
    isSingleFile: v1?.isSingleFile ?? (files.length === 1 && only?.path === info.get('name')?.text),
    digests
  }
}

function assertPieces (digests: Buffer, size: number, pieceLength: number): void {
  if (digests.length !== piecesLength(size, pieceLength)) throw new NotATorrent('is no torrent: its pieces and its size do not belong together')
}

function v1FilesOf (info: BencodedValue): { files: File[], isSingleFile: boolean, size: number } {
  const list = info.get('files')
  if (list?.isList !== true) {
    const length = lengthOf(info)
    return { files: [{ path: '', length }], isSingleFile: true, size: length }
  }
  const files: File[] = []
  let size = 0
  for (const file of list.items()) {
    const path = file.get('path')
    if (path?.isList !== true) throw new NotATorrent('is no torrent: a file of it has no path')
    const length = lengthOf(file)
    size += length
    if (file.get('attr')?.text?.includes('p') !== true) files.push({ path: [...path.items()].map((part) => part.text ?? '').join('/'), length })
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
      if (characters > MAX_PATH_CHARACTERS) throw new NotATorrent(`is no torrent: the paths of its files have more than ${MAX_PATH_CHARACTERS.toLocaleString('en')} characters`)
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

function trackersOf (root: BencodedValue): string[][] {
  const tiers: string[][] = []
  let trackers = 0
  for (const list of root.get('announce-list')?.items() ?? []) {
    const tier = textsOf(list, 'trackers')
    trackers += tier.length
    if (trackers > MAX_URLS) throw tooMany('trackers')
    if (tier.length > 0) tiers.push(tier)
  }
  const only = root.get('announce')?.text
  return tiers.length > 0 ? tiers : only ? [[only]] : []
}

function webSeedsOf (root: BencodedValue): string[] {
  const list = root.get('url-list')
  return (list?.isList === true ? textsOf(list, 'web seeds') : [list?.text ?? '']).filter((url) => url !== '')
}

function textsOf (list: BencodedValue, what: string): string[] {
  const texts: string[] = []
  for (const { text } of list.items()) {
    if (text !== undefined) texts.push(text)
    if (texts.length > MAX_URLS) throw tooMany(what)
  }
  return texts
}

function tooMany (what: string): NotATorrent {
  return new NotATorrent(`is no torrent: it names more than ${MAX_URLS.toLocaleString('en')} ${what}`)
}
