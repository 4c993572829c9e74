import type { DigestRun, PieceDigests } from '../torrent/piece-digests.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import type { Sharer } from '../util/fair-shares.js'
import type { SegmentSource } from './segment-source.js'

/** The origin answers a part with the whole object. */
export class RangeIgnored extends Error {
  override name = 'RangeIgnored'
}

/**
 * An object as the hasher sees it: one version, of which any part can be read again; or several, one behind the other.
 * Offsets in bytes, `last` inclusive.
 */
export interface HashableObject {
  /** What people know it by. */
  readonly address: { readonly bucket: string, readonly key: string }
  readonly size: number
  readonly pieceLength: number
  readonly metaVersion: MetaVersion
  /** Zeros behind it that are in its last piece of version 1 (BEP 47). */
  readonly padding: number
  /** Whose share of the machine it takes: an access key, '' for nobody's, and an address. */
  readonly sharer: Sharer
  /** What is known already. */
  readonly known: readonly DigestRun[]
  /**
   * How a thread reads a part by itself, or its beginning: as much as is of one object; asked anew for every try,
   * because signatures age. Missing where no thread may read the object.
   */
  direct?: (first: number, last: number) => Promise<SegmentSource>
  /**
   * The same bytes from the origin's own client, which knows errors and redirects.
   * @throws RangeIgnored unless `last` ends the object
   */
  read (first: number, last: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** Told of digests as they come. */
  onDigests (run: DigestRun): void
  /** Told of all digests; what is asked after it has resolved needs no hashing. */
  onComplete (digests: PieceDigests): Promise<void>
}
