import type { Identity } from './identity.js'
import { InfoHash } from './info-hash.js'
import { fileNameOf } from './file-name.js'
import { infoDictionary, metainfo } from './metainfo.js'
import type { PieceDigests } from './piece-digests.js'

const NO_DATE = new Date(0)

/** The info dictionary that was issued for an object. */
export function infoDictionaryOf (
  { bucket, key, size, pieceLength, xAmzInfo }: Identity, digests: PieceDigests
): Buffer {
  const file = metainfo({
    announce: [],
    creationDate: NO_DATE,
    length: size,
    name: fileNameOf(key),
    pieceLength,
    urlList: [],
    ...(xAmzInfo && { origin: { bucket, key } })
  })
  return infoDictionary(file, digests.bytes)
}

/** The info hashes of the torrents that are issued for an object with these digests. */
export function infoHashesOf (identity: Identity, digests: PieceDigests): InfoHash[] {
  return [InfoHash.ofInfo(infoDictionaryOf(identity, digests))]
}
