import { idOf } from '../../torrent/identity.js'
import type { Identity } from '../../torrent/identity.js'
import type { InfoHash } from '../../torrent/info-hash.js'
import { encodeManifest } from '../../torrent/manifest.js'
import type { Manifest } from '../../torrent/manifest.js'
import { PieceDigests } from '../../torrent/piece-digests.js'
import type { DigestRun } from '../../torrent/piece-digests.js'
import type { KeptDigests } from '../digest-store.js'
import type { OpenedStore } from '../opened-store.js'
import type { StoreLog } from '../store-log.js'
import type { StoreSpace, StoredTorrent } from '../store-status.js'
import { openDatabases } from './databases.js'
import type { Databases } from './databases.js'
import { DiskReserve } from './disk-reserve.js'
import { LmdbPublications } from './lmdb-publications.js'
import { movePublished } from './move-published.js'
import { PendingRuns } from './pending-runs.js'
import { Reader } from './reader.js'
import { manifestKey, torrentKey } from './record-keys.js'
import { encodeRecord } from './record.js'
import { encodeFacts } from './torrent-facts.js'
import { UsageIndex } from './usage-index.js'
import { Writer } from './writer.js'

export interface LmdbStoreOptions {
  /** Bytes that the file may have, about. */
  readonly maxBytes: number
  readonly log: StoreLog
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const MAX_LATEST = 100

/** A store in one LMDB file, which several processes may share. Whoever opens it closes it. */
export class LmdbStore implements OpenedStore {
  readonly #databases: Databases
  readonly #usage: UsageIndex
  readonly #writer: Writer
  readonly #reader: Reader
  readonly #publications: LmdbPublications
  readonly #options: LmdbStoreOptions
  readonly #pending: PendingRuns
  /** What `latest` said last, by id: a record is long, and what is said of it does not change. */
  #latest = new Map<string, StoredTorrent>()

  /** @throws what LMDB or the file system says; the file must be sound, see isSound */
  constructor (path: string, options: LmdbStoreOptions) {
    this.#options = options
    const { log, now } = options
    this.#databases = openDatabases(path)
    const reserve = new DiskReserve(path, this.#databases)
    this.#usage = new UsageIndex(this.#databases, options.maxBytes)
    this.#writer = new Writer({ databases: this.#databases, reserve, usage: this.#usage, log, now })
    this.#reader = new Reader(this.#databases, { usage: this.#usage, writer: this.#writer, log })
    this.#publications = new LmdbPublications({
      databases: this.#databases, reader: this.#reader, usage: this.#usage, writer: this.#writer, now
    })
    this.#pending = new PendingRuns({ databases: this.#databases, usage: this.#usage, writer: this.#writer, now })
    try {
      movePublished(this.#databases, reserve) // before anybody asks
    } catch (error) {
      this.#writer.complain('note what is public', error)
    }
    this.#writer.write('count', 0, () => this.#usage.recount()).catch(() => {})
  }

  async get (identity: Identity): Promise<KeptDigests> {
    const id = idOf(identity)
    const kept = this.#reader.attempt((): KeptDigests => {
      const found = this.#reader.digests(id)
      if (found === undefined) return { is: 'runs', runs: this.#reader.runs(id, identity) }
      const isWhole = found.length === PieceDigests.bytesOf(identity)
      return isWhole ? { is: 'whole', digests: PieceDigests.of(found, identity.metaVersion) } : NOTHING
    }, NOTHING)
    if (kept.is === 'whole' || kept.runs.length > 0) this.#writer.use(id)
    return kept
  }

  async put (identity: Identity, run: DigestRun): Promise<void> {
    if (this.#usage.fits(PieceDigests.bytesOf(identity))) this.#pending.add(idOf(identity), run)
  }

  async finish (
    identity: Identity, digests: PieceDigests, infoHashes: readonly InfoHash[], manifest?: Manifest
  ): Promise<void> {
    const id = idOf(identity)
    const now = this.#options.now()
    const hexes = infoHashes.map(({ hex }) => hex)
    this.#pending.drop(id)
    const record = encodeRecord(torrentKey(id), encodeFacts({ identity, infoHashes, created: now }), digests.bytes)
    const listed = manifest && encodeRecord(manifestKey(id), {}, encodeManifest(manifest))
    const recordBytes = record.length + (listed?.length ?? 0)
    if (!this.#usage.fits(recordBytes)) {
      this.#options.log.warn(
        { identity, bytes: recordBytes }, 'a torrent is too large for --store-size and is not kept'
      )
    }
    const { torrents, manifests, infoHashes: byHash, published } = this.#databases
    await this.#writer.write('keep a torrent', recordBytes, () => {
      const versions = hexes.map((hex) => published.get([hex, id]))
      this.#usage.drop(id)
      if (!this.#usage.fits(recordBytes)) return
      torrents.putSync(id, record)
      if (listed !== undefined) manifests.putSync(id, listed)
      for (const [i, hex] of hexes.entries()) {
        byHash.putSync([hex, id], now)
        const before = versions[i]
        if (before !== undefined) published.putSync([hex, id], before)
      }
      this.#usage.use(id, now, { recordBytes, infoHashes: hexes })
    })
  }

  async manifestOf (id: string): Promise<Manifest | undefined> {
    const manifest = this.#reader.attempt(() => this.#reader.manifest(id), undefined)
    if (manifest !== undefined) this.#writer.use(id)
    return manifest
  }

  publish (identity: Identity): Promise<readonly InfoHash[]> {
    return this.#publications.publish(identity)
  }

  unpublish (infoHash: InfoHash, identity: Identity): Promise<void> {
    return this.#publications.unpublish(infoHash, identity)
  }

  publishedOf (infoHash: InfoHash): Promise<readonly Identity[]> {
    return this.#publications.publishedOf(infoHash)
  }

  identitiesOf (infoHash: InfoHash): Promise<readonly Identity[]> {
    return this.#publications.identitiesOf(infoHash)
  }

  async latest (count: number): Promise<readonly StoredTorrent[]> {
    const known = new Map<string, StoredTorrent>()
    this.#reader.attempt(() => {
      for (const [, id] of this.#databases.byUse.getKeys({ reverse: true, limit: MAX_LATEST })) {
        if (known.size === count) break
        if (!this.#databases.torrents.doesExist(id)) continue
        const torrent = this.#latest.get(id) ?? this.#reader.facts(id)
        if (torrent === undefined || torrent.infoHashes.length === 0) continue // a part of torrents
        known.set(id, { identity: torrent.identity, infoHashes: torrent.infoHashes })
      }
    }, undefined)
    this.#latest = known
    return [...known.values()]
  }

  async space (): Promise<StoreSpace> {
    return { used: this.#reader.attempt(() => this.#usage.used, 0), max: this.#usage.budget }
  }

  async isDurable (): Promise<boolean> {
    await this.#writer.write('be written to', 0, () => {})
    return this.#writer.isWritten
  }

  async close (): Promise<void> {
    this.#pending.write()
    await this.#writer.close()
  }
}

const NOTHING: KeptDigests = { is: 'runs', runs: [] }
