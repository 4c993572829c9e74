import { fileNameOf } from './file-name.js'
import type { Identity } from './identity.js'
import { infoFieldsOf } from './info.js'
import { metainfo } from './metainfo.js'
import type { Metainfo } from './metainfo.js'
import type { TorrentSources } from './torrent-sources.js'

/** The torrent of one object: all of it that is known before a piece is hashed. */
export interface ObjectTorrent extends TorrentSources {
  readonly identity: Identity
  readonly file: Metainfo
  readonly name: string
}

/** What a torrent says besides the object itself, and where everybody gets it. */
export interface TorrentLinks extends TorrentSources {
  /** Instead of the last part of the key. */
  readonly name?: string
  /** Undefined where the origin does not say. */
  readonly lastModified: Date | undefined
}

/** The torrent of an object, with these links. */
export function torrentOf (
  identity: Identity,
  { name = fileNameOf(identity.key), lastModified, trackers, webSeeds, exactSource }: TorrentLinks
): ObjectTorrent {
  const file = metainfo({
    ...infoFieldsOf(identity, name), announce: trackers, creationDate: lastModified, urlList: webSeeds
  })
  return { identity, file, name, trackers, webSeeds, exactSource }
}
