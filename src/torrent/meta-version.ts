import { SHA256_BYTES } from './merkle.js'
import { DIGEST_BYTES } from './sha1.js'

/**
 * Which halves a torrent has: `1`: BEP 3; `2`: BEP 52, whose `meta version` it is; `hybrid`: both, over the same files.
 */
export type MetaVersion = 1 | 2 | 'hybrid'

export const hasV1 = (version: MetaVersion): boolean => version !== 2

export const hasV2 = (version: MetaVersion): boolean => version !== 1

/** Bytes of the digests of one piece: its SHA-1 where there is a version 1, then its node of the file's tree. */
export function pieceDigestBytes (version: MetaVersion): number {
  return (hasV1(version) ? DIGEST_BYTES : 0) + (hasV2(version) ? SHA256_BYTES : 0)
}

/** The word of a version in `&format=` and `--torrent-format`. */
export const FORMATS = { v1: 1, hybrid: 'hybrid', v2: 2 } as const satisfies Record<string, MetaVersion>

export type TorrentFormat = keyof typeof FORMATS

/** Undefined for any other word. */
export function metaVersionOf (format: string): MetaVersion | undefined {
  return Object.hasOwn(FORMATS, format) ? FORMATS[format as TorrentFormat] : undefined
}

export function formatOf (version: MetaVersion): TorrentFormat {
  return version === 'hybrid' ? version : `v${version}`
}
