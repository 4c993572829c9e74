import type { Identity } from '../torrent/identity.js'
import type { InfoHash } from '../torrent/info-hash.js'
import type { Manifest } from '../torrent/manifest.js'
import type { DigestRun, PieceDigests } from '../torrent/piece-digests.js'

/** What is kept of an object: all digests once it was finished, else runs of them, in any order, or none. */
export type KeptDigests =
  | { readonly is: 'whole', readonly digests: PieceDigests }
  | { readonly is: 'runs', readonly runs: readonly DigestRun[] }

/**
 * Digests that were computed once, by the identity of their object. What the store cannot read, or what is damaged, it
 * does not know; what it cannot keep it forgets: no method rejects, and the log says what happened. Bounded: what was
 * used least recently goes first. Nothing that it is given or gives is changed by it later.
 */
export interface DigestStore {
  /** What is kept of an object, which is a use. */
  get (identity: Identity): Promise<KeptDigests>
  /**
   * Keeps a run of an object that is being hashed. Resolves when the store has taken it over: `get` knows it soon
   * after. A run of a finished object changes nothing.
   */
  put (identity: Identity, run: DigestRun): Promise<void>
  /**
   * Keeps all digests of an object instead of its runs. Resolves when `get` and `identitiesOf` know them.
   * @param infoHashes all that the torrents of this object have: one, or two of a hybrid (BEP 52); none of what is a
   * part of torrents @param manifest of a prefix, which is kept as long
   */
  finish (
    identity: Identity, digests: PieceDigests, infoHashes: readonly InfoHash[], manifest?: Manifest
  ): Promise<void>
}
