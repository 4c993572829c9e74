import { createHash } from 'node:crypto'
import type { Identity } from './identity.js'
import { fileNameOf } from './file-name.js'
import { infoDictionary, metainfo } from './metainfo.js'

const NO_DATE = new Date(0)

/** The info dictionary that was issued for an object. */
export function infoDictionaryOf ({ bucket, key, size, pieceLength, format }: Identity, digests: Buffer): Buffer {
  const file = metainfo({
    announce: [],
    creationDate: NO_DATE,
    length: size,
    name: fileNameOf(key),
    pieceLength,
    urlList: [],
    ...(format === 'v1 x-amz' && { origin: { bucket, key } })
  })
  return infoDictionary(file, digests)
}

/** The info hash (BEP 3, 20 bytes) of the torrent that is issued for an object with these digests. */
export function infoHashOf (identity: Identity, digests: Buffer): Buffer {
  return createHash('sha1').update(infoDictionaryOf(identity, digests)).digest()
}
