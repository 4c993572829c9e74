import type { SourceOptions } from '../torrent/torrent-sources.js'
import { sourcesOf, torrentUrl } from '../torrent/torrent-sources.js'
import type { StoredTorrent, StoreView } from '../store/digest-store.js'
import type { PublicTorrents } from '../swarm/public-torrents.js'
import type { SwarmCounts, SwarmStore } from '../peers/swarm-store.js'
import { fileNameOf } from '../torrent/file-name.js'
import { magnet } from '../torrent/magnet.js'
import type { ListedTorrent } from './dashboard/wire.js'

export interface TorrentListParts {
  readonly store: StoreView
  readonly torrents: PublicTorrents
  /** Undefined where no tracker runs. */
  readonly swarms: Pick<SwarmStore, 'scrape'> | undefined
  readonly sources: SourceOptions
}

const LISTED = 25
/** How often it is asked whether an object is public while somebody looks: the origin counts its requests. */
const ASK_MS = 30_000

/** The torrents that were used last, for who looks at the dashboard. */
export class TorrentList {
  readonly #parts: TorrentListParts
  /** When it was asked of each that is listed, performance.now(), by info hash. */
  #asked = new Map<string, number>()

  constructor (parts: TorrentListParts) {
    this.#parts = parts
  }

  /** Does not wait for the origin: whether objects are public is known next time. */
  async latest (): Promise<ListedTorrent[]> {
    const latest = this.#parts.store.latest(LISTED)
    this.#askFor(latest.map(({ infoHash }) => infoHash))
    return Promise.all(latest.map(async (torrent) => this.#describe(torrent, await this.#countsOf(torrent))))
  }

  async #countsOf ({ infoHash }: StoredTorrent): Promise<SwarmCounts | undefined> {
    return this.#parts.swarms?.scrape(Buffer.from(infoHash, 'hex')).catch(() => undefined)
  }

  #askFor (infoHashes: readonly string[]): void {
    const now = performance.now()
    const before = this.#asked
    this.#asked = new Map()
    for (const infoHash of infoHashes) {
      const asked = before.get(infoHash) ?? -Infinity
      const isDue = now - asked >= ASK_MS
      this.#asked.set(infoHash, isDue ? now : asked)
      // WasPublic says it when it is known.
      if (isDue) this.#parts.torrents.find(Buffer.from(infoHash, 'hex')).catch(() => {})
    }
  }

  #describe ({ identity, infoHash }: StoredTorrent, counts: SwarmCounts | undefined): ListedTorrent {
    const { torrents, sources } = this.#parts
    const { bucket, key, versionId, size, etag } = identity
    const isPublic = torrents.wasPublic(infoHash)
    const object = { bucket, key, ...(versionId !== undefined && { versionId }) }
    const { trackers, webSeeds, exactSource } = sourcesOf(sources, object, etag, isPublic === true)
    const { head, tail } = magnet({
      name: fileNameOf(key), length: size, trackers: trackers.flat(), webSeeds, exactSource
    })
    return {
      bucket,
      key,
      size,
      infoHash,
      isPublic: isPublic ?? null,
      complete: counts?.complete ?? 0,
      incomplete: counts?.incomplete ?? 0,
      url: torrentUrl(sources.publicUrl(), object),
      magnet: `${head}${infoHash}${tail}`
    }
  }
}
