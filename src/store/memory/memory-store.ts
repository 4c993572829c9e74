import { digestBytesOf, idOf } from '../../torrent/identity.js'
import { MAX_IDENTITIES, MAX_PUBLISHED } from '../digest-store.js'
import type { Identity } from '../../torrent/identity.js'
import type { MetainfoStore, StoreSpace, StoredDigests, StoredTorrent, StoreView } from '../digest-store.js'
import { isNotable, versionsOf, withPublication, withoutPublication } from '../publications.js'
import type { Publications } from '../publications.js'

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
  readonly #infoHashes = new Map<string, Map<string, true>>()
  /** The same of those that were issued as public, the last issued last. */
  readonly #published = new Map<string, Map<string, Publications>>()
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
    const publications = this.#published.get(infoHash.toString('hex'))?.get(id)
    this.#drop(id)
    if (!this.#fits(identity)) return
    const entry = this.#add(id, identity)
    entry.parts.set(0, Buffer.from(digests))
    entry.infoHash = infoHash.toString('hex')
    putLast(this.#infoHashes, entry.infoHash, id, true)
    if (publications !== undefined) putLast(this.#published, entry.infoHash, id, publications)
    this.#grow(entry, digests.length)
    this.#evict(id)
  }

  identitiesOf (infoHash: Buffer): Identity[] {
    const ids = [...this.#infoHashes.get(infoHash.toString('hex'))?.keys() ?? []]
    return ids.reverse().slice(0, MAX_IDENTITIES).flatMap((id) => this.#use(id)?.identity ?? [])
  }

  async publish (identity: Identity): Promise<string | undefined> {
    const id = idOf(identity)
    const infoHash = this.#use(id)?.infoHash
    if (infoHash === undefined || !isNotable(identity.versionId)) return infoHash
    putLast(this.#published, infoHash, id, withPublication(
      this.#published.get(infoHash)?.get(id), identity.versionId, Date.now()
    ))
    return infoHash
  }

  unpublish (infoHash: Buffer, identity: Identity): void {
    const [hex, id] = [infoHash.toString('hex'), idOf(identity)]
    const ids = this.#published.get(hex)
    const left = withoutPublication(ids?.get(id), identity.versionId)
    if (left.length > 0) ids?.set(id, left)
    else removeFrom(this.#published, hex, id)
  }

  publishedOf (infoHash: Buffer): Identity[] {
    const entries = [...this.#published.get(infoHash.toString('hex')) ?? []].reverse().slice(0, MAX_PUBLISHED)
    return entries.flatMap(([id, publications]) => {
      const identity = this.#use(id)?.identity
      return identity === undefined ? [] : versionsOf(identity, publications)
    }).slice(0, MAX_PUBLISHED)
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

function putLast<V> (maps: Map<string, Map<string, V>>, name: string, id: string, value: V): void {
  const ids = maps.get(name) ?? new Map<string, V>()
  ids.delete(id)
  maps.set(name, ids.set(id, value))
}

function removeFrom<V> (maps: Map<string, Map<string, V>>, name: string, id: string): void {
  const ids = maps.get(name)
  ids?.delete(id)
  if (ids?.size === 0) maps.delete(name)
}
