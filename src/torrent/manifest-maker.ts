import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { LaidManifest } from './manifest.js'
import { manifestOf } from './manifest-of.js'
import type { PrefixOf } from './manifest-of.js'

/** Objects under a prefix, by key. */
export type PrefixObjects = ReadonlyMap<string, { readonly etag: string, readonly size: number }>

/** Files of all manifests that are kept, at most: some ten megabytes. */
const MAX_FILES = 20_000

/**
 * Makes manifests, and keeps the last ones: of ten thousand objects one takes some tenths of a second, in which nobody
 * else is answered, and is mostly that of the request before.
 */
export class ManifestMaker {
  readonly #made = new LRUCache<string, LaidManifest>({
    maxSize: MAX_FILES, sizeCalculation: ({ files }) => Math.min(files.length + 1, MAX_FILES)
  })

  /** @param objects sorted by their keys, as they are found again @throws as manifestOf */
  make (of: PrefixOf, objects: PrefixObjects): LaidManifest {
    const id = idOf(of, objects)
    const known = this.#made.get(id)
    if (known !== undefined) return known
    const made = manifestOf(of, objects)
    this.#made.set(id, made)
    return made
  }
}

function idOf (of: PrefixOf, objects: PrefixObjects): string {
  const { origin, bucket, prefix, name, pieceLength, metaVersion } = of
  const hash = createHash('sha256').update(JSON.stringify([origin, bucket, prefix, name, pieceLength, metaVersion]))
  for (const [key, { etag, size }] of objects) hash.update(`${key}\0${etag}\0${size}\0`) // keys have no NUL
  return hash.digest('base64')
}
