import type { SourceOptions } from '../operations/torrent-sources.js'
import { sourcesOf, torrentUrl } from '../operations/torrent-sources.js'
import type { StoredTorrent, StoreView } from '../store/metainfo-store.js'
import type { PublicTorrents } from '../swarm/public-torrents.js'
import type { Swarms } from '../swarm/tracker/swarms.js'
import { fileNameOf } from '../torrent/file-name.js'
import { magnet } from '../torrent/magnet.js'
import type { ListedTorrent } from './dashboard/wire.js'

export interface TorrentListParts {
  readonly store: StoreView
  readonly torrents: PublicTorrents
  readonly swarms: Swarms
  readonly sources: SourceOptions
}

const LISTED = 25

/** The torrents that were used last, for who looks at the dashboard. */
export class TorrentList {
  readonly #parts: TorrentListParts

  constructor (parts: TorrentListParts) {
    this.#parts = parts
  }

  /** Nobody waits for the origin: whether objects are public is known next time. */
  latest (): ListedTorrent[] {
    return this.#parts.store.latest(LISTED).map((torrent) => this.#describe(torrent))
  }

  #describe ({ identity, infoHash }: StoredTorrent): ListedTorrent {
    const { torrents, swarms, sources } = this.#parts
    const { bucket, key, versionId, size, etag } = identity
    torrents.find(Buffer.from(infoHash, 'hex')).catch(() => {})
    const isPublic = torrents.wasPublic(infoHash)
    const object = { bucket, key, ...(versionId !== undefined && { versionId }) }
    const { trackers, webSeeds, exactSource } = sourcesOf(sources, object, etag, isPublic === true)
    const { head, tail } = magnet({ name: fileNameOf(key), length: size, trackers: trackers.flat(), webSeeds, exactSource })
    const swarm = swarms.find(infoHash)
    return {
      bucket, key, size, infoHash, isPublic: isPublic ?? null, complete: swarm?.count('seeder') ?? 0, incomplete: swarm?.count('leecher') ?? 0, url: torrentUrl(sources.publicUrl(), object), magnet: `${head}${infoHash}${tail}`
    }
  }
}
