import type { Identity } from '../torrent/identity.js'

/** Of one info hash: who may read none of so many is not looked for further. */
export const MAX_IDENTITIES = 16
/** Of those that were issued as public: what is unpublished makes room for the others. */
export const MAX_PUBLISHED = 256

/** An object whose digests are all kept. */
export interface StoredTorrent {
  readonly identity: Identity
  /** Hexadecimal. */
  readonly infoHash: string
}

/** Bytes, about. */
export interface StoreSpace {
  readonly used: number
  readonly max: number
}

/** SHA-1 digests of consecutive pieces, 20 bytes each. */
export interface StoredDigests {
  readonly firstPiece: number
  readonly digests: Buffer
}

/**
 * Piece digests that were computed once. What it cannot read, or what is damaged, it does not know; what it cannot keep
 * it forgets: no method throws, and the log says what happened. Bounded: what was used least recently goes first.
 */
export interface MetainfoStore {
  /** What is known of an object: all in one run once it was finished, else the parts that were kept. */
  find (identity: Identity): readonly StoredDigests[]
  /** Keeps a part of what is being hashed. */
  keep (identity: Identity, part: StoredDigests): void
  /** Keeps all digests of an object instead of its parts. Resolves when `find` and `identitiesOf` know them. */
  finish (identity: Identity, digests: Buffer, infoHash: Buffer): Promise<void>
  /**
   * The finished objects with this info hash (BEP 3, 20 bytes), the last finished first, 16 at most: the same bytes may
   * be under several keys, of which not everybody may read each. Looking them up is a use.
   */
  identitiesOf (infoHash: Buffer): readonly Identity[]
  /**
   * Notes that the torrent of a finished object was issued to everybody, as this version of it, which is a use. Beside
   * what is current, the last 16 versions of an object are noted. Resolves when `publishedOf` knows it, or after two
   * seconds, with its info hash in hexadecimal digits; undefined where nothing is kept of the object.
   */
  publish (identity: Identity): Promise<string | undefined>
  /** Takes that back: not everybody may read this version of the object anymore. */
  unpublish (infoHash: Buffer, identity: Identity): void
  /** Those of the finished objects with this info hash that were issued to everybody, the last first, 256 at most. */
  publishedOf (infoHash: Buffer): readonly Identity[]
  /** Resolves when everything kept so far is written. */
  close (): Promise<void>
}

/** A store as the operator sees it. */
export interface StoreView {
  /** Finished objects, the last used first; at most `count`, which is up to a hundred. */
  latest (count: number): readonly StoredTorrent[]
  readonly space: StoreSpace
  /** Whether what is kept now will be there when the process has ended. Tries it. */
  isLasting (): Promise<boolean>
}
