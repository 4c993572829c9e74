import { encode, encodeEntries } from './bencode/encode.js'
import type { BencodeValue } from './bencode/encode.js'
import { InfoHash } from './info-hash.js'
import { PieceDigests } from './piece-digests.js'

/** What a metainfo file says besides its pieces. */
export interface MetainfoFields {
  /** Tiers of tracker URLs (BEP 12); empty for none. */
  readonly announce: ReadonlyArray<readonly string[]>
  /** Undefined: it says none. */
  readonly creationDate: Date | undefined
  readonly length: number
  readonly name: string
  readonly pieceLength: number
  /** Web seeds (BEP 19); empty for none. */
  readonly urlList: readonly string[]
  /** S3 wrote bucket and key into info; they tell everybody the bucket's name. */
  readonly origin?: { readonly bucket: string, readonly key: string }
}

/**
 * A metainfo file (BEP 3, version 1, canonical) around its digests: `head`, then `piecesLength` bytes of SHA-1, then
 * `tail`.
 */
export interface Metainfo {
  readonly head: Buffer
  readonly piecesLength: number
  readonly tail: Buffer
  /** Bytes at the end of `head`, and at the beginning of `tail`, that are in the info dictionary. */
  readonly infoHead: number
  readonly infoTail: number
}

const CREATED_BY = encodeEntries([['created by', 'object-torrent']])
const ENCODING_AND_INFO = Buffer.concat([encodeEntries([['encoding', 'UTF-8']]), encode('info')])
const PIECES = encode('pieces')

/** Everything of a metainfo file that is known before the first piece is hashed, so its exact size too. */
export function metainfo ({
  announce, creationDate, length, name, pieceLength, urlList, origin
}: MetainfoFields): Metainfo {
  const digests = PieceDigests.bytesOf({ size: length, pieceLength })
  const firstTracker = announce[0]?.[0]
  const trackers: Entry[] = firstTracker === undefined ? [] : [['announce', firstTracker], ['announce-list', announce]]
  const infoHead = Buffer.concat([
    Buffer.from('d'),
    encodeEntries([['length', length], ['name', name], ['piece length', pieceLength]]),
    PIECES,
    Buffer.from(`${digests}:`)
  ])
  const infoTail = Buffer.concat(
    [encodeEntries(origin ? [['x-amz-bucket', origin.bucket], ['x-amz-key', origin.key]] : []), Buffer.from('e')]
  )
  return {
    head: Buffer.concat([
      Buffer.from('d'),
      encodeEntries(trackers),
      CREATED_BY,
      encodeEntries(creationDate === undefined ? [] : [['creation date', Math.floor(creationDate.getTime() / 1000)]]),
      ENCODING_AND_INFO,
      infoHead
    ]),
    piecesLength: digests,
    tail: Buffer.concat([infoTail, encodeEntries(urlList.length > 0 ? [['url-list', urlList]] : []), Buffer.from('e')]),
    infoHead: infoHead.length,
    infoTail: infoTail.length
  }
}

/** The info dictionary of a metainfo file, as it is written. */
export function infoDictionary ({ head, tail, infoHead, infoTail }: Metainfo, digests: Uint8Array): Buffer {
  return Buffer.concat([head.subarray(-infoHead), digests, tail.subarray(0, infoTail)])
}

/** The info hash of a metainfo file. */
export function infoHash (file: Metainfo, digests: Uint8Array): InfoHash {
  return InfoHash.ofInfo(infoDictionary(file, digests))
}

type Entry = readonly [key: string, value: BencodeValue]
