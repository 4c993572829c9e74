import type { ObjectAddress, ObjectHead, Requester } from '../origin/origin.js'
import { encodeUriPath } from '../origin/uri-escape.js'
import { S3Error } from '../s3/errors.js'
import type { Identity } from '../store/metainfo-store.js'
import { fileNameOf } from '../torrent/file-name.js'
import { metainfo } from '../torrent/metainfo.js'
import type { Metainfo } from '../torrent/metainfo.js'
import { autoPieceLength } from '../torrent/piece-length.js'
import { fillTemplate, webSeedUrl } from '../torrent/web-seed-url.js'
import type { WebSeed } from '../torrent/web-seed-url.js'
import { assertGettable } from './gettable-object.js'
import { asking } from './origin-errors.js'
import type { PieceDigestsParts } from './piece-digests.js'
import { pinned } from './pinned-read.js'
import type { Published } from './published.js'
import { headReadable } from './readable-object.js'
import type { BucketOwners } from './readable-object.js'

export interface TorrentOptions extends BucketOwners {
  /** Tiers of trackers that every torrent names. */
  readonly announce: ReadonlyArray<readonly string[]>
  /** This server's own tracker, the first tier of public torrents; empty: none. */
  readonly ownTracker: () => readonly string[]
  /** Of public torrents. */
  readonly webSeeds: readonly WebSeed[]
  readonly pieceLength: number | 'auto'
  /** Objects of this size or more are refused; 0: none. */
  readonly maxObjectSize: number
  /** Whether info holds x-amz-bucket and x-amz-key. */
  readonly xAmzInfo: boolean
  /** Base of the URLs written into torrents. */
  readonly publicUrl: () => string
}

export interface TorrentParts extends PieceDigestsParts {
  readonly published: Published
  readonly options: TorrentOptions
}

/** All of a torrent that is known before a piece is hashed. */
export interface DescribedTorrent {
  /** What the requester was just told of the object. */
  readonly head: ObjectHead
  readonly identity: Identity
  readonly file: Metainfo
  readonly name: string
  readonly trackers: ReadonlyArray<readonly string[]>
  readonly webSeeds: readonly string[]
  /** Where everybody gets the metainfo file; undefined where not everybody may. */
  readonly exactSource: string | undefined
}

/** The torrent that an object has, for a requester who may READ it. @throws S3Error, and what makes restartingOnce restart */
export async function describeTorrent ({ origin, options, published }: TorrentParts, object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<DescribedTorrent> {
  const head = await headReadable(origin, options, object, requester, signal)
  assertSize(head.size, options.maxObjectSize)
  assertPinnable(head)
  await pinned(object, () => assertGettable(origin, object, requester, head, signal))
  const pieceLength = options.pieceLength === 'auto' ? autoPieceLength(head.size) : options.pieceLength
  const isPublic = await asking(object, () => published.includes(origin, object, requester, head, signal))
  const name = fileNameOf(object.key)
  const ownTier = isPublic ? options.ownTracker() : []
  const trackers = ownTier.length > 0 ? [ownTier, ...options.announce] : options.announce
  const webSeeds = isPublic ? options.webSeeds.flatMap((seed) => webSeedOf(seed, options.publicUrl(), object, head) ?? []) : []
  const file = metainfo({
    announce: trackers,
    creationDate: head.lastModified,
    length: head.size,
    name,
    pieceLength,
    urlList: webSeeds,
    ...(options.xAmzInfo && { origin: { bucket: object.bucket, key: object.key } })
  })
  const identity: Identity = {
    origin: origin.name, ...object, etag: head.etag, size: head.size, pieceLength, format: options.xAmzInfo ? 'v1 x-amz' : 'v1'
  }
  return { head, identity, file, name, trackers, webSeeds, exactSource: isPublic ? exactSourceOf(options.publicUrl(), object) : undefined }
}

// libtorrent 2.0.8 and Transmission 3.00 load no torrent of zero bytes in any form; only aria2 does.
function assertSize (size: number, limit: number): void {
  if (size === 0) throw new S3Error('InvalidRequest', { message: 'Torrent creation is not supported for objects of zero bytes' })
  if (limit > 0 && size >= limit) throw new S3Error('InvalidRequest', { message: `Torrent creation is not supported for objects larger than ${limit}` })
}

// RFC 9110 §8.8.1: different bytes may have the same weak ETag, and If-Match never matches one.
function assertPinnable ({ etag }: ObjectHead): void {
  if (etag.startsWith('W/')) throw new S3Error('InvalidRequest', { message: 'Torrent creation needs an object with a strong ETag' })
}

function webSeedOf (seed: WebSeed, publicUrl: string, { bucket, key, versionId }: ObjectAddress, { etag }: ObjectHead): string | undefined {
  if (seed !== 'self') return fillTemplate(seed.template, bucket, key)
  return webSeedUrl(publicUrl, { etag, ...(versionId !== undefined && { versionId }) }, bucket, key)
}

function exactSourceOf (publicUrl: string, { bucket, key, versionId }: ObjectAddress): string {
  const version = versionId === undefined ? '' : `&versionId=${encodeURIComponent(versionId)}`
  return `${publicUrl}/${bucket}/${encodeUriPath(key)}?torrent${version}`
}
