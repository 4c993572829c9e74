import { encode, encodeEntries } from './bencode/encode.js'
import type { BencodeValue } from './bencode/encode.js'
import { infoAround, infoDictionary } from './info.js'
import type { Info, InfoFields } from './info.js'
import { InfoHash } from './info-hash.js'
import type { PieceDigests } from './piece-digests.js'

/** What a metainfo file says besides its pieces. */
export interface MetainfoFields extends InfoFields {
  /** Tiers of tracker URLs (BEP 12); empty for none. */
  readonly announce: ReadonlyArray<readonly string[]>
  /** Undefined: it says none. */
  readonly creationDate: Date | undefined
  /** Web seeds (BEP 19); empty for none. */
  readonly urlList: readonly string[]
}

/**
 * A metainfo file (BEP 3, version 1, canonical) around its digests: `head`, then `piecesLength` bytes of SHA-1, then
 * `tail`.
 */
export interface Metainfo {
  readonly head: Buffer
  readonly piecesLength: number
  readonly tail: Buffer
  /** The info dictionary that is in it. */
  readonly info: Info
}

const CREATED_BY = encodeEntries([['created by', 'object-torrent']])
const ENCODING_AND_INFO = Buffer.concat([encodeEntries([['encoding', 'UTF-8']]), encode('info')])

/** Everything of a metainfo file that is known before the first piece is hashed, so its exact size too. */
export function metainfo (fields: MetainfoFields): Metainfo {
  const { announce, creationDate, urlList } = fields
  const info = infoAround(fields)
  const firstTracker = announce[0]?.[0]
  const trackers: Entry[] = firstTracker === undefined ? [] : [['announce', firstTracker], ['announce-list', announce]]
  return {
    head: Buffer.concat([
      Buffer.from('d'),
      encodeEntries(trackers),
      CREATED_BY,
      encodeEntries(creationDate === undefined ? [] : [['creation date', Math.floor(creationDate.getTime() / 1000)]]),
      ENCODING_AND_INFO,
      info.head
    ]),
    piecesLength: info.piecesLength,
    tail: Buffer.concat([
      info.tail, encodeEntries(urlList.length > 0 ? [['url-list', urlList]] : []), Buffer.from('e')
    ]),
    info
  }
}

/** The info hash of a metainfo file with these digests. */
export function infoHash ({ info }: Metainfo, digests: PieceDigests): InfoHash {
  return InfoHash.ofInfo(infoDictionary(info, digests))
}

type Entry = readonly [key: string, value: BencodeValue]
