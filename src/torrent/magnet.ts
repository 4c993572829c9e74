import { encodeUri } from '../s3/uri.js'
import { hasV1, hasV2 } from './meta-version.js'
import type { MetaVersion } from './meta-version.js'
import { DIGEST_BYTES } from './sha1.js'
import { SHA256_BYTES } from './merkle.js'

export interface MagnetFields {
  readonly name: string
  /** Bytes. */
  readonly length: number
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  /** Where the metainfo file is. */
  readonly exactSource: string | undefined
}

/** A magnet link around its info hashes, as topicsOf writes them. */
export interface Magnet {
  readonly head: string
  readonly tail: string
}

/** Info hashes in hexadecimal digits: of version 1, of version 2 (the whole SHA-256). One of them is there. */
export interface Topics {
  readonly v1: string | undefined
  readonly v2: string | undefined
}

/**
 * `magnet:?xt=…` (BEP 9, BEP 52), every value percent-encoded. All of it but the info hashes is known before a piece is
 * hashed.
 */
export function magnet ({ name, length, trackers, webSeeds, exactSource }: MagnetFields): Magnet {
  const values: Array<[name: string, value: string]> = [
    ['dn', name],
    ['xl', String(length)],
    ...trackers.map((url): [string, string] => ['tr', url]),
    ...webSeeds.map((url): [string, string] => ['ws', url]),
    ...exactSource === undefined ? [] : [['xs', exactSource] satisfies [string, string]]
  ]
  return { head: 'magnet:?', tail: values.map(([name, value]) => `&${name}=${encodeUri(value)}`).join('') }
}

/** The info hashes of a torrent, as a magnet link has them (0x12, 0x20: a SHA-256 as multihash). */
export function topicsOf ({ v1, v2 }: Topics): string {
  return [
    ...v1 === undefined ? [] : [`xt=urn:btih:${v1}`], ...v2 === undefined ? [] : [`xt=urn:btmh:1220${v2}`]
  ].join('&')
}

/** Bytes of that. */
export function topicsLength (version: MetaVersion): number {
  return topicsOf({
    v1: hasV1(version) ? '0'.repeat(DIGEST_BYTES * 2) : undefined,
    v2: hasV2(version) ? '0'.repeat(SHA256_BYTES * 2) : undefined
  }).length
}
