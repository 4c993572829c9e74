import type { Manifests } from '../store/manifests.js'
import { idOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'

/** What the dashboard says of a prefix torrent. */
export interface PrefixFacts {
  readonly files: number
  /** Bytes of its files, without the pads between them. */
  readonly size: number
  /** Of the torrent. */
  readonly name: string
}

/**
 * Facts of the prefix torrents that are listed. A manifest of ten thousand files takes a tenth of a second, so each is
 * read once, one after the other, while the list goes on without it.
 */
export class ListedPrefixes {
  readonly #store: Manifests
  /** By id (idOf); undefined: it is still to be read. */
  #facts = new Map<string, PrefixFacts | undefined>()
  #reading = false

  constructor (store: Manifests) {
    this.#store = store
  }

  /** Undefined where they are not known yet. */
  get (identity: Identity): PrefixFacts | undefined {
    return this.#facts.get(idOf(identity))
  }

  /** Those of these that are not known are read, and those of others forgotten. */
  keep (listed: readonly Identity[]): void {
    const ids = listed.filter(({ subject }) => subject === 'prefix').map(idOf)
    this.#facts = new Map(ids.map((id) => [id, this.#facts.get(id)]))
    if (!this.#reading) this.#read().catch(() => {}) // no method of a store rejects
  }

  async #read (): Promise<void> {
    this.#reading = true
    try {
      for (let id = this.#nextUnknown(); id !== undefined; id = this.#nextUnknown()) {
        const manifest = await this.#store.manifestOf(id)
        if (!this.#facts.has(id)) continue
        if (manifest === undefined) this.#facts.delete(id) // it is gone, and so is what is listed of it soon
        else {
          const { files, name } = manifest
          this.#facts.set(id, { files: files.length, size: files.reduce((sum, { size }) => sum + size, 0), name })
        }
      }
    } finally {
      this.#reading = false
    }
  }

  #nextUnknown (): string | undefined {
    for (const [id, facts] of this.#facts) if (facts === undefined) return id
    return undefined
  }
}
