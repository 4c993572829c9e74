import type { Identity } from '../torrent/identity.js'
import type { InfoHash } from '../torrent/info-hash.js'

/** An object whose digests are all kept. */
export interface StoredTorrent {
  readonly identity: Identity
  readonly infoHashes: readonly InfoHash[]
}

/** Bytes, about. */
export interface StoreSpace {
  readonly used: number
  readonly max: number
}

/** A store as the operator sees it. No method rejects. */
export interface StoreStatus {
  /** Finished objects, the last used first; at most `count`, which is up to a hundred. */
  latest (count: number): Promise<readonly StoredTorrent[]>
  space (): Promise<StoreSpace>
  /** Whether what is kept now will be there when the process has ended. Tries it. */
  isDurable (): Promise<boolean>
}
