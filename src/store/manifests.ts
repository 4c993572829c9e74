import type { Manifest } from '../torrent/manifest.js'

/** The manifests of prefix torrents, kept as long as their digests. No method rejects: see DigestStore. */
export interface Manifests {
  /** Of the prefix whose identity has this id (idOf), which is a use. */
  manifestOf (id: string): Promise<Manifest | undefined>
}
