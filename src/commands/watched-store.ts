import { digestBytesOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'
import type { MetainfoStore, StoredDigests } from '../store/digest-store.js'

/** A store that is told of one object's digests, and so knows how far its hashing is. */
export class WatchedStore implements MetainfoStore {
  readonly #store: MetainfoStore
  readonly #onProgress: (watched: WatchedStore) => void
  /** Bytes that are hashed. */
  done = 0
  /** Those of them that were known before. */
  known = 0

  constructor (store: MetainfoStore, onProgress: (watched: WatchedStore) => void) {
    this.#store = store
    this.#onProgress = onProgress
  }

  find (identity: Identity): readonly StoredDigests[] {
    const found = this.#store.find(identity)
    this.known = this.done = found.reduce((sum, part) => sum + bytesOf(identity, part), 0)
    this.#onProgress(this)
    return found
  }

  keep (identity: Identity, part: StoredDigests): void {
    this.#store.keep(identity, part)
    this.done = Math.min(identity.size, this.done + bytesOf(identity, part))
    this.#onProgress(this)
  }

  finish (identity: Identity, digests: Buffer, infoHash: Buffer): Promise<void> {
    return this.#store.finish(identity, digests, infoHash)
  }

  identitiesOf (infoHash: Buffer): readonly Identity[] {
    return this.#store.identitiesOf(infoHash)
  }

  publish (identity: Identity): Promise<string | undefined> {
    return this.#store.publish(identity)
  }

  unpublish (infoHash: Buffer, identity: Identity): void {
    this.#store.unpublish(infoHash, identity)
  }

  publishedOf (infoHash: Buffer): readonly Identity[] {
    return this.#store.publishedOf(infoHash)
  }

  close (): Promise<void> {
    return this.#store.close()
  }
}

function bytesOf (identity: Identity, { firstPiece, digests }: StoredDigests): number {
  const first = firstPiece * identity.pieceLength
  const pieces = Math.min(digests.length, digestBytesOf(identity)) / 20
  return Math.min(identity.size, first + pieces * identity.pieceLength) - first
}
