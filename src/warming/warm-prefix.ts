import { retryOnceIfChanged } from '../access/pinned-read.js'
import { headPrefix } from '../access/readable-prefix.js'
import type { ReadablePrefixParts } from '../access/readable-prefix.js'
import type { DigestSource, HashObjectParts } from '../hashing/hash-object.js'
import { hashPrefix } from '../hashing/hash-prefix.js'
import type { HashPrefixOptions } from '../hashing/hash-prefix.js'
import type { Requester } from '../objects/requester.js'
import { manifestOf } from '../torrent/manifest-of.js'
import type { LaidManifest } from '../torrent/manifest.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import type { PieceDigests } from '../torrent/piece-digests.js'

export type WarmPrefixParts = HashObjectParts & ReadablePrefixParts

export interface WarmPrefixRequest {
  readonly bucket: string
  /** A string, as every S3 prefix is; empty: the whole bucket. */
  readonly prefix: string
  /** Of the torrent, instead of the one that the prefix gives. */
  readonly name?: string
  readonly requester: Requester
  readonly pieceLength: number | 'auto'
  readonly metaVersion: MetaVersion
}

/** All objects under a prefix, as they are now. */
export interface DescribedPrefix {
  readonly manifest: LaidManifest
  /** Of the newest; undefined where the origin says it of none. */
  readonly lastModified: Date | undefined
}

export interface WarmPrefixOptions extends HashPrefixOptions {
  /** Told what is to be hashed before it is; again where that has changed meanwhile. */
  readonly onDescribed?: ((described: DescribedPrefix) => Promise<void> | void) | undefined
}

export interface WarmPrefix extends DescribedPrefix {
  readonly source: DigestSource
  readonly digests: PieceDigests
}

/**
 * Hashes all objects under a prefix into the store, as the first request for its torrent would. Resolves when the
 * digests are kept.
 * @throws S3Error, as headPrefix; what `onDescribed` throws
 */
export function warmPrefix (
  parts: WarmPrefixParts,
  { bucket, prefix, name, requester, pieceLength, metaVersion }: WarmPrefixRequest,
  { onDescribed, ...options }: WarmPrefixOptions,
  signal: AbortSignal
): Promise<WarmPrefix> {
  return retryOnceIfChanged(async () => {
    const { heads, lastModified } = await headPrefix(parts, { bucket, prefix, requester, lister: requester }, signal)
    const manifest = manifestOf({
      origin: parts.origin.name, bucket, prefix, ...(name !== undefined && { name }), pieceLength, metaVersion
    }, heads)
    await onDescribed?.({ manifest, lastModified })
    const hashed = await hashPrefix(parts, { manifest, requester, heads }, options, signal)
    return { manifest, lastModified, source: hashed.source, digests: await hashed.whole() }
  })
}
