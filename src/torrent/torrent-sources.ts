import { encodeUri, encodeUriPath } from '../s3/uri.js'
import type { Identity } from './identity.js'
import { formatOf } from './meta-version.js'
import type { MetaVersion } from './meta-version.js'
import type { LaidManifest } from './manifest.js'
import { prefixSeedUrl } from './prefix-seed-url.js'
import { fillTemplate, webSeedUrl } from './web-seed-url.js'
import type { WebSeed } from './web-seed-url.js'

export interface SourceOptions {
  /** Tiers of trackers that every torrent names. */
  readonly announce: ReadonlyArray<readonly string[]>
  /** This server's own tracker, the first tier of public torrents; empty: none. */
  readonly ownTracker: () => readonly string[]
  /** Of public torrents. */
  readonly webSeeds: readonly WebSeed[]
  /** Base of the URLs written into torrents. */
  readonly publicUrl: () => string
  /** Of a torrent whose URL says none. */
  readonly metaVersion: MetaVersion
}

/** What URLs of torrents depend on. */
export type UrlOptions = Pick<SourceOptions, 'publicUrl' | 'metaVersion'>

/** What a torrent says of where peers and bytes are. */
export interface TorrentSources {
  readonly trackers: ReadonlyArray<readonly string[]>
  readonly webSeeds: readonly string[]
  /** Where everybody gets the metainfo file; undefined where not everybody may. */
  readonly exactSource: string | undefined
}

/** The own tracker, the web seeds and the URL are for public objects alone. */
export function sourcesOf (
  options: SourceOptions, identity: Identity, isPublic: boolean
): TorrentSources {
  if (!isPublic) return { trackers: options.announce, webSeeds: [], exactSource: undefined }
  const ownTier = options.ownTracker()
  const { bucket, key } = identity
  return {
    trackers: ownTier.length > 0 ? [ownTier, ...options.announce] : options.announce,
    webSeeds: options.webSeeds.map((seed) => seed === 'self'
      ? webSeedUrl(options.publicUrl(), identity)
      : fillTemplate(seed.template, bucket, key)).filter((url) => url !== undefined),
    exactSource: torrentUrl(options, identity)
  }
}

/**
 * The same of a prefix torrent. Web seeds elsewhere are left out: they have the keys, and not the names that clients
 * make of them, or pads.
 */
export function prefixSourcesOf (
  options: SourceOptions,
  manifest: Pick<LaidManifest, 'identity' | 'bucket' | 'prefix' | 'metaVersion'>,
  isPublic: boolean
): TorrentSources {
  if (!isPublic) return { trackers: options.announce, webSeeds: [], exactSource: undefined }
  const ownTier = options.ownTracker()
  return {
    trackers: ownTier.length > 0 ? [ownTier, ...options.announce] : options.announce,
    webSeeds: options.webSeeds.includes('self') ? [prefixSeedUrl(options.publicUrl(), manifest.identity)] : [],
    exactSource: prefixTorrentUrl(options, manifest)
  }
}

/** The URL of a prefix's torrent here. */
export function prefixTorrentUrl (
  { publicUrl, metaVersion: usual }: UrlOptions,
  { bucket, prefix, metaVersion }: Pick<LaidManifest, 'bucket' | 'prefix' | 'metaVersion'>
): string {
  const format = formatParameter(metaVersion, usual)
  return `${publicUrl()}/${encodeUri(bucket)}?torrent&prefix=${encodeUri(prefix)}${format}`
}

/** The URL of an object's torrent here. */
export function torrentUrl (
  { publicUrl, metaVersion: usual }: UrlOptions,
  { bucket, key, versionId, metaVersion }: Pick<Identity, 'bucket' | 'key' | 'versionId' | 'metaVersion'>
): string {
  const version = versionId === undefined ? '' : `&versionId=${encodeURIComponent(versionId)}`
  const format = formatParameter(metaVersion, usual)
  return `${publicUrl()}/${encodeUri(bucket)}/${encodeUriPath(key)}?torrent${version}${format}`
}

/** The URL of the feed of such torrents of the objects under a prefix. */
export function feedUrl (
  { publicUrl, metaVersion: usual }: UrlOptions, bucket: string, prefix: string, metaVersion: MetaVersion
): string {
  const format = formatParameter(metaVersion, usual)
  return `${publicUrl()}/${encodeUri(bucket)}?torrent&prefix=${encodeUri(prefix)}&rss${format}`
}

function formatParameter (metaVersion: MetaVersion, usual: MetaVersion): string {
  return metaVersion === usual ? '' : `&format=${formatOf(metaVersion)}`
}
