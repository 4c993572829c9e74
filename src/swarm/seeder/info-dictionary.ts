import type { Identity } from '../../torrent/identity.js'
import { fileNameOf } from '../../torrent/file-name.js'
import { infoDictionary, metainfo } from '../../torrent/metainfo.js'

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
