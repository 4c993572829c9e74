import type { Identity } from '../torrent/identity.js'
import type { InfoHash } from '../torrent/info-hash.js'

/** How many objects with one info hash are looked at. */
export const MAX_IDENTITIES = 16
/** How many objects with one info hash are known as issued: each that is unpublished makes room for another. */
export const MAX_PUBLISHED = 256

/**
 * Which finished objects have an info hash, and which of their torrents were issued to everybody. The same bytes may be
 * under several keys, of which not everybody may read each, so an info hash has a list of identities; and an object may
 * have a list of info hashes. No method rejects: see DigestStore.
 */
export interface Publications {
  /**
   * Notes that the torrent of a finished object was issued to everybody, as this version of it, which is a use. Beside
   * what is current, the last 16 versions of an object are noted. Resolves when `publishedOf` knows it, or after two
   * seconds, with the object's info hashes; with none where nothing is kept of the object.
   */
  publish (identity: Identity): Promise<readonly InfoHash[]>
  /**
   * Takes that back, for every info hash of the object: not everybody may read this version of it anymore. Resolves
   * when the store has taken it over; what `publish` is told afterwards holds.
   */
  unpublish (infoHash: InfoHash, identity: Identity): Promise<void>
  /** The finished objects with this info hash that were issued to everybody, the last one first, 256 at most. */
  publishedOf (infoHash: InfoHash): Promise<readonly Identity[]>
  /** The finished objects with this info hash, the last finished first, 16 at most. Looking them up is a use. */
  identitiesOf (infoHash: InfoHash): Promise<readonly Identity[]>
}
