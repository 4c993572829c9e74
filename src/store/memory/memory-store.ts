import { LRUCache } from 'lru-cache'
import { idOf } from '../../torrent/identity.js'
import type { Identity } from '../../torrent/identity.js'
import type { InfoHash } from '../../torrent/info-hash.js'
import { encodeManifest } from '../../torrent/manifest.js'
import type { Manifest } from '../../torrent/manifest.js'
import { PieceDigests, copyOf } from '../../torrent/piece-digests.js'
import type { DigestRun } from '../../torrent/piece-digests.js'
import type { KeptDigests } from '../digest-store.js'
import type { OpenedStore } from '../opened-store.js'
import { MAX_IDENTITIES, MAX_PUBLISHED } from '../publications.js'
import { isNotable, versionsOf, withPublication, withoutPublication } from '../published-versions.js'
import type { PublishedVersions } from '../published-versions.js'
import type { StoreSpace, StoredTorrent } from '../store-status.js'
import { ByInfoHash } from './by-info-hash.js'

interface Entry {
  readonly identity: Identity
  /** By first piece; the one run of a finished object is all of it. */
  readonly runs: Map<number, PieceDigests>
  readonly isFinished: boolean
  /** None also of what is finished, and a part of torrents. */
  readonly infoHashes: readonly InfoHash[]
  readonly manifest?: Manifest | undefined
  readonly bytes: number
}

const ENTRY_BYTES = 500

/** A store that ends with the process: for where no file can be kept. */
export class MemoryStore implements OpenedStore {
  readonly #maxBytes: number
  /** By id. */
  readonly #entries: LRUCache<string, Entry>
  readonly #finished = new ByInfoHash<true>()
  readonly #published = new ByInfoHash<PublishedVersions>()

  constructor ({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: ({ infoHashes }, id) => {
        for (const { hex } of infoHashes) for (const index of [this.#finished, this.#published]) index.delete(hex, id)
      }
    })
  }

  async get (identity: Identity): Promise<KeptDigests> {
    const { runs, isFinished } = this.#entries.get(idOf(identity)) ?? {}
    const first = runs?.get(0)
    if (isFinished === true && first !== undefined) return { is: 'whole', digests: first }
    return { is: 'runs', runs: [...runs ?? []].map(([firstPiece, digests]) => ({ firstPiece, digests })) }
  }

  async put (identity: Identity, { firstPiece, digests }: DigestRun): Promise<void> {
    if (!this.#fits(identity)) return
    const id = idOf(identity)
    const entry = this.#entries.get(id) ?? {
      identity, runs: new Map<number, PieceDigests>(), isFinished: false, infoHashes: [], bytes: ENTRY_BYTES
    }
    if (entry.isFinished) return
    const bytes = entry.bytes + digests.bytes.length - (entry.runs.get(firstPiece)?.bytes.length ?? 0)
    entry.runs.set(firstPiece, copyOf(digests))
    this.#entries.set(id, { ...entry, bytes }) // another value: only then its size is looked at
  }

  async finish (
    identity: Identity, digests: PieceDigests, infoHashes: readonly InfoHash[], manifest?: Manifest
  ): Promise<void> {
    const id = idOf(identity)
    const versions = infoHashes.map(({ hex }) => this.#published.get(hex, id))
    this.#entries.delete(id)
    if (!this.#fits(identity)) return
    const bytes = ENTRY_BYTES + digests.bytes.length + (manifest === undefined ? 0 : encodeManifest(manifest).length)
    const runs = new Map([[0, copyOf(digests)]])
    this.#entries.set(id, { identity, runs, isFinished: true, infoHashes, manifest, bytes })
    if (!this.#entries.has(id)) return // with its manifest it is too large
    for (const [i, { hex }] of infoHashes.entries()) {
      this.#finished.putLast(hex, id, true)
      const before = versions[i]
      if (before !== undefined) this.#published.putLast(hex, id, before)
    }
  }

  async manifestOf (id: string): Promise<Manifest | undefined> {
    return this.#entries.get(id)?.manifest
  }

  async publish (identity: Identity): Promise<readonly InfoHash[]> {
    const id = idOf(identity)
    const { infoHashes = [] } = this.#entries.get(id) ?? {}
    if (!isNotable(identity.versionId)) return infoHashes
    for (const { hex } of infoHashes) {
      const versions = withPublication(this.#published.get(hex, id), identity.versionId, Date.now())
      this.#published.putLast(hex, id, versions)
    }
    return infoHashes
  }

  async unpublish (infoHash: InfoHash, identity: Identity): Promise<void> {
    const id = idOf(identity)
    for (const { hex } of this.#entries.peek(id)?.infoHashes ?? [infoHash]) {
      const left = withoutPublication(this.#published.get(hex, id), identity.versionId)
      if (left.length > 0) this.#published.put(hex, id, left)
      else this.#published.delete(hex, id)
    }
  }

  async publishedOf ({ hex }: InfoHash): Promise<readonly Identity[]> {
    return this.#published.lastFirst(hex, MAX_PUBLISHED).flatMap(([id, versions]) => {
      const identity = this.#entries.get(id)?.identity
      return identity === undefined ? [] : versionsOf(identity, versions)
    }).slice(0, MAX_PUBLISHED)
  }

  async identitiesOf ({ hex }: InfoHash): Promise<readonly Identity[]> {
    return this.#finished.lastFirst(hex, MAX_IDENTITIES).flatMap(([id]) => this.#entries.get(id)?.identity ?? [])
  }

  async latest (count: number): Promise<readonly StoredTorrent[]> {
    const torrents: StoredTorrent[] = []
    for (const { identity, infoHashes } of this.#entries.values()) { // the last used first
      if (torrents.length === count) break
      if (infoHashes.length > 0) torrents.push({ identity, infoHashes })
    }
    return torrents
  }

  async space (): Promise<StoreSpace> {
    return { used: this.#entries.calculatedSize, max: this.#maxBytes }
  }

  async isDurable (): Promise<boolean> {
    return false
  }

  async close (): Promise<void> {
    this.#entries.clear()
  }

  #fits (identity: Identity): boolean {
    return PieceDigests.bytesOf(identity) <= this.#maxBytes / 2
  }
}
