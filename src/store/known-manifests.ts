import { LRUCache } from 'lru-cache'
import { laidOut } from '../torrent/manifest.js'
import type { LaidManifest } from '../torrent/manifest.js'
import { PathIndex } from '../torrent/path-index.js'
import { AskedOnce } from '../util/asked-once.js'
import type { Manifests } from './manifests.js'

/** A prefix torrent whose files are given away. */
export interface KnownManifest extends LaidManifest {
  readonly paths: PathIndex
}

/** A manifest of ten thousand files takes some megabytes. */
const MAX_FILES = 50_000

/** The manifests that were asked for lately: a client makes a request for each piece of each file. */
export class KnownManifests {
  readonly #store: Manifests
  readonly #known = new LRUCache<string, KnownManifest>({
    maxSize: MAX_FILES, sizeCalculation: ({ files }) => Math.min(files.length + 1, MAX_FILES)
  })

  readonly #asked = new AskedOnce<KnownManifest | undefined>()

  constructor (store: Manifests) {
    this.#store = store
  }

  /** By the id of its identity (idOf); undefined where none is kept. */
  async get (id: string): Promise<KnownManifest | undefined> {
    return this.#known.get(id) ?? this.#asked.ask(id, async () => {
      const manifest = await this.#store.manifestOf(id)
      if (manifest === undefined) return undefined
      const paths = new PathIndex(manifest.name, manifest.files.map(({ path }) => path))
      const known = { ...laidOut(manifest), paths }
      this.#known.set(id, known)
      return known
    })
  }
}
