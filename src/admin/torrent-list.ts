import type { SourceOptions } from '../torrent/torrent-sources.js'
import { prefixSourcesOf, prefixTorrentUrl, sourcesOf, torrentUrl } from '../torrent/torrent-sources.js'
import type { Manifests } from '../store/manifests.js'
import type { StoreStatus } from '../store/store-status.js'
import type { Identity } from '../torrent/identity.js'
import type { InfoHash } from '../torrent/info-hash.js'
import type { PublicTorrents } from '../swarm/public-torrents.js'
import type { SwarmCounts, SwarmStore } from '../peers/swarm-store.js'
import { fileNameOf } from '../torrent/file-name.js'
import { magnet, topicsOf } from '../torrent/magnet.js'
import { hasV1 } from '../torrent/meta-version.js'
import type { ListedTorrent } from './dashboard/wire.js'
import { ListedPrefixes } from './listed-prefixes.js'

export interface TorrentListParts {
  readonly store: StoreStatus & Manifests
  readonly torrents: PublicTorrents
  /** Undefined where no tracker runs. */
  readonly swarms: Pick<SwarmStore, 'scrape'> | undefined
  readonly sources: SourceOptions
}

const LISTED = 25
/** How often an open dashboard asks whether an object is public: the origin counts its requests. */
const ASK_MS = 30_000

/** The torrents that were used last, for the dashboard. */
export class TorrentList {
  readonly #parts: TorrentListParts
  readonly #prefixes: ListedPrefixes
  /** When each listed torrent was asked for, performance.now(), by info hash. */
  #asked = new Map<string, number>()

  constructor (parts: TorrentListParts) {
    this.#parts = parts
    this.#prefixes = new ListedPrefixes(parts.store)
  }

  /** Waits neither for the origin nor for manifests: what they say is known the next times. */
  async latest (): Promise<ListedTorrent[]> {
    const latest = (await this.#parts.store.latest(LISTED)).flatMap(
      // A hybrid stands there once, under its version 1.
      ({ identity, infoHashes }) => infoHashes.slice(0, 1).map((infoHash) => ({ identity, infoHash }))
    )
    this.#prefixes.keep(latest.map(({ identity }) => identity))
    this.#askFor(latest.map(({ infoHash }) => infoHash))
    return Promise.all(latest.map(
      async ({ identity, infoHash }) => this.#describe(identity, infoHash, await this.#countsOf(infoHash))
    ))
  }

  async #countsOf (infoHash: InfoHash): Promise<SwarmCounts | undefined> {
    return this.#parts.swarms?.scrape(infoHash).catch(() => undefined)
  }

  #askFor (infoHashes: readonly InfoHash[]): void {
    const now = performance.now()
    const before = this.#asked
    this.#asked = new Map()
    for (const infoHash of infoHashes) {
      const asked = before.get(infoHash.hex) ?? -Infinity
      const isDue = now - asked >= ASK_MS
      this.#asked.set(infoHash.hex, isDue ? now : asked)
      // WasPublic says it when it is known.
      if (isDue) this.#parts.torrents.find(infoHash).catch(() => {})
    }
  }

  #describe (identity: Identity, infoHash: InfoHash, counts: SwarmCounts | undefined): ListedTorrent {
    const { bucket, key } = identity
    const isPublic = this.#parts.torrents.wasPublic(infoHash)
    const isPrefix = identity.subject === 'prefix'
    const facts = isPrefix
      ? this.#prefixes.get(identity)
      : { files: null, size: identity.size, name: fileNameOf(key) }
    return {
      bucket,
      key,
      size: facts?.size ?? identity.size,
      isPrefix,
      files: facts?.files ?? null,
      infoHash: infoHash.hex,
      isPublic: isPublic ?? null,
      complete: counts?.complete ?? 0,
      incomplete: counts?.incomplete ?? 0,
      ...this.#linksOf(identity, infoHash, isPublic === true, facts)
    }
  }

  #linksOf (
    identity: Identity, infoHash: InfoHash, isPublic: boolean, facts: { name: string, size: number } | undefined
  ): Pick<ListedTorrent, 'url' | 'magnet'> {
    const { sources } = this.#parts
    const { bucket, key, metaVersion } = identity
    const prefix = { identity, bucket, prefix: key, metaVersion }
    const isPrefix = identity.subject === 'prefix'
    const url = isPrefix ? prefixTorrentUrl(sources, prefix) : torrentUrl(sources, identity)
    // The store has only the first bytes of the hash of version 2, of which a link needs all.
    if (facts === undefined || !hasV1(metaVersion)) return { url, magnet: null }
    const { trackers, webSeeds, exactSource } = isPrefix
      ? prefixSourcesOf(sources, prefix, isPublic)
      : sourcesOf(sources, identity, isPublic)
    const { name, size: length } = facts
    const { head, tail } = magnet({ name, length, trackers: trackers.flat(), webSeeds, exactSource })
    return { url, magnet: head + topicsOf({ v1: infoHash.hex, v2: undefined }) + tail }
  }
}
