import { encode, encodeEntries } from './bencode/encode.js'
import { fileNameOf } from './file-name.js'
import type { Identity } from './identity.js'
import { InfoHash } from './info-hash.js'
import { PieceDigests } from './piece-digests.js'

/** What an info dictionary says besides its pieces. */
export interface InfoFields {
  /** Bytes. */
  readonly length: number
  readonly name: string
  readonly pieceLength: number
  /** S3 wrote bucket and key into info; they tell everybody the bucket's name. */
  readonly origin?: { readonly bucket: string, readonly key: string }
}

/**
 * An info dictionary (BEP 3, version 1, canonical) around its digests: `head`, then `piecesLength` bytes of SHA-1, then
 * `tail`.
 */
export interface Info {
  readonly head: Buffer
  readonly piecesLength: number
  readonly tail: Buffer
}

const PIECES = encode('pieces')

/** The one maker of info dictionaries: everything of one that is known before the first piece is hashed. */
export function infoAround ({ length, name, pieceLength, origin }: InfoFields): Info {
  const piecesLength = PieceDigests.bytesOf({ size: length, pieceLength })
  return {
    head: Buffer.concat([
      Buffer.from('d'),
      encodeEntries([['length', length], ['name', name], ['piece length', pieceLength]]),
      PIECES,
      Buffer.from(`${piecesLength}:`)
    ]),
    piecesLength,
    tail: Buffer.concat([
      encodeEntries(origin === undefined ? [] : [['x-amz-bucket', origin.bucket], ['x-amz-key', origin.key]]),
      Buffer.from('e')
    ])
  }
}

/** What the info dictionary of an object says. @param name instead of the last part of its key */
export function infoFieldsOf (
  { bucket, key, size, pieceLength, xAmzInfo }: Identity, name: string = fileNameOf(key)
): InfoFields {
  return { length: size, name, pieceLength, ...(xAmzInfo && { origin: { bucket, key } }) }
}

/** An info dictionary, as it is written. */
export function infoDictionary ({ head, tail }: Info, digests: PieceDigests): Buffer {
  return Buffer.concat([head, digests.bytes, tail])
}

/** The info dictionary that is issued for an object. */
export function infoDictionaryOf (identity: Identity, digests: PieceDigests): Buffer {
  return infoDictionary(infoAround(infoFieldsOf(identity)), digests)
}

/** The info hashes of the torrents that are issued for an object with these digests. */
export function infoHashesOf (identity: Identity, digests: PieceDigests): InfoHash[] {
  return [InfoHash.ofInfo(infoDictionaryOf(identity, digests))]
}
