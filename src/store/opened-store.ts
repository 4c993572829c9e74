import type { DigestStore } from './digest-store.js'
import type { Manifests } from './manifests.js'
import type { Publications } from './publications.js'
import type { StoreStatus } from './store-status.js'

/** Everything that one store is. Whoever opens it closes it. */
export interface OpenedStore extends DigestStore, Manifests, Publications, StoreStatus {
  /** Resolves when everything kept so far is written. */
  close (): Promise<void>
}
