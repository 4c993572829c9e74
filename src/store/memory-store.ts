import { digestBytesOf, idOf } from './identity.js'
import { MAX_IDENTITIES, MAX_PUBLISHED } from './metainfo-store.js'
import type { Identity, MetainfoStore, StoreSpace, StoredDigests, StoredTorrent, StoreView } from './metainfo-store.js'

interface Entry {
  readonly identity: Identity
  readonly parts: Map<number, Buffer>
  infoHash: string | undefined
  bytes: number
}

const ENTRY_BYTES = 500

/** A store that ends with the process: for where no file can be kept. */
export class MemoryStore implements MetainfoStore, StoreView {
  readonly #maxBytes: number
  /** By id, least recently used first. */
  readonly #entries = new Map<string, Entry>()
  /** Ids by info hash, the last finished last. */
  readonly #infoHashes = new Map<string, Set<string>>()
  /** The same of those that were issued as public, the last issued last. */
  readonly #published = new Map<string, Set<string>>()
  #bytes = 0

  constructor ({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes
  }

  find (identity: Identity): StoredDigests[] {
    const entry = this.#use(idOf(identity))
    return entry === undefined ? [] : [...entry.parts].map(([firstPiece, digests]) => ({ firstPiece, digests }))
  }

  keep (identity: Identity, { firstPiece, digests }: StoredDigests): void {
    if (!this.#fits(identity)) return
    const id = idOf(identity)
    const entry = this.#use(id) ?? this.#add(id, identity)
    if (entry.infoHash !== undefined) return
    this.#grow(entry, digests.length - (entry.parts.get(firstPiece)?.length ?? 0))
    entry.parts.set(firstPiece, Buffer.from(digests))
    this.#evict(id)
  }

  async finish (identity: Identity, digests: Buffer, infoHash: Buffer): Promise<void> {
    const id = idOf(identity)
    const wasPublic = this.#published.get(infoHash.toString('hex'))?.has(id) === true
    this.#drop(id)
    if (!this.#fits(identity)) return
    const entry = this.#add(id, identity)
    entry.parts.set(0, Buffer.from(digests))
    entry.infoHash = infoHash.toString('hex')
    addTo(this.#infoHashes, entry.infoHash, id)
    if (wasPublic) addTo(this.#published, entry.infoHash, id)
    this.#grow(entry, digests.length)
    this.#evict(id)
  }

  identitiesOf (infoHash: Buffer): Identity[] {
    return this.#identities(this.#infoHashes.get(infoHash.toString('hex')), MAX_IDENTITIES)
  }

  async publish (identity: Identity): Promise<string | undefined> {
    const id = idOf(identity)
    const infoHash = this.#use(id)?.infoHash
    if (infoHash !== undefined) addTo(this.#published, infoHash, id)
    return infoHash
  }

  unpublish (infoHash: Buffer, identity: Identity): void {
    removeFrom(this.#published, infoHash.toString('hex'), idOf(identity))
  }

  publishedOf (infoHash: Buffer): Identity[] {
    return this.#identities(this.#published.get(infoHash.toString('hex')), MAX_PUBLISHED)
  }

  latest (count: number): StoredTorrent[] {
    const finished = [...this.#entries.values()].reverse().filter(({ infoHash }) => infoHash !== undefined)
    return finished.slice(0, count).map(({ identity, infoHash = '' }) => ({ identity, infoHash }))
  }

  get space (): StoreSpace {
    return { used: this.#bytes, max: this.#maxBytes }
  }

  async isLasting (): Promise<boolean> {
    return false
  }

  async close (): Promise<void> {
    this.#entries.clear()
    this.#infoHashes.clear()
    this.#published.clear()
  }

  #identities (ids: ReadonlySet<string> | undefined, most: number): Identity[] {
    return [...ids ?? []].reverse().slice(0, most).flatMap((id) => this.#use(id)?.identity ?? [])
  }

  #fits (identity: Identity): boolean {
    return digestBytesOf(identity) <= this.#maxBytes / 2
  }

  // A Map keeps its entries in the order in which they were set.
  #use (id: string): Entry | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    return entry
  }

  #add (id: string, identity: Identity): Entry {
    const entry: Entry = { identity, parts: new Map(), infoHash: undefined, bytes: 0 }
    this.#entries.set(id, entry)
    this.#grow(entry, ENTRY_BYTES)
    return entry
  }

  #grow (entry: Entry, bytes: number): void {
    entry.bytes += bytes
    this.#bytes += bytes
  }

  #drop (id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#bytes -= entry.bytes
    if (entry.infoHash === undefined) return
    removeFrom(this.#infoHashes, entry.infoHash, id)
    removeFrom(this.#published, entry.infoHash, id)
  }

  #evict (except: string): void {
    for (const id of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      if (id !== except) this.#drop(id)
    }
  }
}

/** As the last one. */
function addTo (sets: Map<string, Set<string>>, name: string, id: string): void {
  const ids = sets.get(name) ?? new Set()
  ids.delete(id)
  sets.set(name, ids.add(id))
}

function removeFrom (sets: Map<string, Set<string>>, name: string, id: string): void {
  const ids = sets.get(name)
  ids?.delete(id)
  if (ids?.size === 0) sets.delete(name)
}
