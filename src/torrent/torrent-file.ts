import { createHash } from 'node:crypto'
import { BencodeError, decode } from './bencode/decode.js'
import type { BencodedValue } from './bencode/value.js'
import { InfoHash } from './info-hash.js'
import { magnet, topicsOf } from './magnet.js'
import type { MagnetFields, Topics } from './magnet.js'
import { NotATorrent } from './not-a-torrent.js'
import { contentOf } from './torrent-content.js'
import type { TorrentContent } from './torrent-content.js'
import { placesOf } from './torrent-places.js'
import type { TorrentPlaces } from './torrent-places.js'
import { TorrentTexts } from './torrent-texts.js'

/**
 * What somebody's metainfo file says, of any version and age. Texts are as they came: a terminal must not see them so.
 */
export interface TorrentFile extends TorrentContent, TorrentPlaces {
  /** Hexadecimal: SHA-1 of the info dictionary, undefined in version 2 alone. */
  readonly infoHash: string | undefined
  /** Hexadecimal: SHA-256 of the info dictionary, undefined in version 1. */
  readonly infoHashV2: string | undefined
  /** Bytes of all files. */
  readonly size: number
  readonly pieceLength: number
  readonly pieces: number
  readonly createdBy: string | undefined
  readonly creationDate: Date | undefined
  readonly comment: string | undefined
  /** The site it was made for, so that its info hash is no other site's. */
  readonly source: string | undefined
  /** BEP 27. */
  readonly isPrivate: boolean
  readonly magnet: string
  /**
   * Piece layers (BEP 52) by `pieces root`, as binary strings. As they came: whether they are the roots' is not looked
   * at.
   */
  readonly pieceLayers: ReadonlyMap<string, Buffer>
}

/**
 * Reads a metainfo file of any origin: what it must have is checked, what it may have is left out where it is something
 * else.
 * @throws NotATorrent
 */
export function readTorrentFile (bytes: Buffer): TorrentFile {
  const root = rootOf(bytes)
  const info = root.get('info')
  if (info?.isDictionary !== true) throw new NotATorrent('is no torrent: it has no info dictionary')
  const pieceLength = info.get('piece length')?.integer ?? 0
  if (pieceLength < 1) throw new NotATorrent('is no torrent: it has no piece length')
  const texts = new TorrentTexts(root)
  const content = contentOf(info, pieceLength, texts)
  const { version, name, files, digests } = content
  const size = files.reduce((sum, { length }) => sum + length, 0)
  if (!Number.isSafeInteger(size)) throw new NotATorrent('is no torrent: its size is beyond all measure')
  const infoHash = version === '2' ? undefined : InfoHash.ofInfo(info.written).hex
  const infoHashV2 = version === '1' ? undefined : createHash('sha256').update(info.written).digest('hex')
  const places = placesOf(root)
  return {
    ...content,
    ...places,
    infoHash,
    infoHashV2,
    size,
    pieceLength,
    pieces: digests === undefined
      ? files.reduce((sum, { length }) => sum + Math.ceil(length / pieceLength), 0)
      : digests.pieces,
    createdBy: texts.at(root, 'created by'),
    creationDate: dateOf(root.get('creation date')?.integer),
    comment: texts.at(root, 'comment'),
    source: texts.at(info, 'source') ?? texts.at(root, 'source'),
    isPrivate: info.get('private')?.integer === 1,
    pieceLayers: pieceLayersOf(root),
    magnet: magnetOf({ v1: infoHash, v2: infoHashV2 }, {
      name, length: size, trackers: places.trackers.flat(), webSeeds: places.webSeeds, exactSource: undefined
    })
  }
}

function magnetOf (topics: Topics, fields: MagnetFields): string {
  const { head, tail } = magnet(fields)
  return head + topicsOf(topics) + tail
}

function pieceLayersOf (root: BencodedValue): Map<string, Buffer> {
  const layers = new Map<string, Buffer>()
  for (const [pieceRoot, layer] of root.get('piece layers')?.entries() ?? []) {
    const bytes = layer.byteString
    if (bytes !== undefined) layers.set(pieceRoot.written.toString('latin1'), bytes)
  }
  return layers
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

function dateOf (seconds: number | undefined): Date | undefined {
  const date = new Date((seconds ?? NaN) * 1000)
  return Number.isNaN(date.getTime()) ? undefined : date
}
