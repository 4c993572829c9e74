import { isWeak } from '../s3/etag.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { ObjectHead, Origin, Requester } from '../objects/origin.js'
import { S3Error } from '../s3/errors.js'
import type { Identity } from '../torrent/identity.js'
import { fileNameOf } from '../torrent/file-name.js'
import { metainfo } from '../torrent/metainfo.js'
import type { Metainfo } from '../torrent/metainfo.js'
import { autoPieceLength } from '../torrent/piece-length.js'
import { assertGettable } from '../access/gettable-object.js'
import { asking } from '../access/origin-errors.js'
import type { PieceDigestsParts } from '../hashing/piece-digests.js'
import { pinned } from '../access/pinned-read.js'
import type { Published } from '../access/published.js'
import { headReadable } from '../access/readable-object.js'
import type { BucketOwners } from '../access/readable-object.js'
import { sourcesOf } from '../torrent/torrent-sources.js'
import type { SourceOptions, TorrentSources } from '../torrent/torrent-sources.js'

export interface TorrentOptions extends BucketOwners, SourceOptions {
  readonly pieceLength: number | 'auto'
  /** Objects of this size or more are refused; 0: none. */
  readonly maxObjectSize: number
  /** Whether info holds x-amz-bucket and x-amz-key. */
  readonly xAmzInfo: boolean
}

export interface TorrentParts extends PieceDigestsParts {
  readonly published: Published
  readonly options: TorrentOptions
  /**
   * Told of a torrent before everybody has the last bytes of it; its digests are kept, where they can be. Does not
   * throw.
   */
  readonly issued?: (torrent: IssuedTorrent) => Promise<void>
}

/** A torrent that was answered, of an object that everybody may read. */
export interface IssuedTorrent {
  readonly identity: Identity
  readonly object: ObjectAddress
}

/** All of a torrent that is known before a piece is hashed. */
export interface DescribedTorrent extends TorrentSources {
  /** What the requester was just told of the object. */
  readonly head: ObjectHead
  readonly identity: Identity
  readonly file: Metainfo
  readonly name: string
}

/** What a torrent says besides the object itself, and where everybody gets it. */
export interface TorrentLinks extends TorrentSources {
  /** Instead of the last part of the key. */
  readonly name?: string
}

/**
 * The torrent that an object has, for a requester who may READ it.
 * @throws S3Error, and what makes restartingOnce restart
 */
export async function describeTorrent (
  { origin, options, published }: TorrentParts, object: ObjectAddress, requester: Requester, signal: AbortSignal
): Promise<DescribedTorrent> {
  const head = await headTorrentable(origin, options, object, requester, signal)
  const isPublic = await asking(object, () => published.includes(origin, object, requester, head, signal))
  return torrentOf(origin, options, object, head, sourcesOf(options, object, head.etag, isPublic))
}

/**
 * HeadObject of what can have a torrent, for a requester who may READ it.
 * @throws S3Error, and what makes restartingOnce restart
 */
export async function headTorrentable (
  origin: Origin,
  options: Pick<TorrentOptions, 'maxObjectSize' | 'bucketOwners'>,
  object: ObjectAddress,
  requester: Requester,
  signal: AbortSignal
): Promise<ObjectHead> {
  const head = await headReadable(origin, options, object, requester, signal)
  assertSize(head.size, options.maxObjectSize)
  assertPinnable(head)
  await pinned(object, () => assertGettable(origin, object, requester, head, signal))
  return head
}

/** The torrent of an object, with these links. */
export function torrentOf (
  origin: Origin,
  options: Pick<TorrentOptions, 'pieceLength' | 'xAmzInfo'>,
  object: ObjectAddress,
  head: ObjectHead,
  { name = fileNameOf(object.key), ...links }: TorrentLinks
): DescribedTorrent {
  const identity = identityOf(origin, options, object, head)
  const file = metainfo({
    announce: links.trackers,
    creationDate: head.lastModified,
    length: head.size,
    name,
    pieceLength: identity.pieceLength,
    urlList: links.webSeeds,
    ...(options.xAmzInfo && { origin: { bucket: object.bucket, key: object.key } })
  })
  return { head, identity, file, name, ...links }
}

/** What the digests of an object are kept under. */
export function identityOf (
  origin: Origin,
  { pieceLength, xAmzInfo }: Pick<TorrentOptions, 'pieceLength' | 'xAmzInfo'>,
  object: ObjectAddress,
  { etag, size }: Pick<ObjectHead, 'etag' | 'size'>
): Identity {
  return {
    origin: origin.name,
    ...object,
    etag,
    size,
    pieceLength: pieceLength === 'auto' ? autoPieceLength(size) : pieceLength,
    format: xAmzInfo ? 'v1 x-amz' : 'v1'
  }
}

// libtorrent 2.0.8 and Transmission 3.00 load no torrent of zero bytes in any form; only aria2 does.
function assertSize (size: number, limit: number): void {
  if (size === 0) {
    throw new S3Error('InvalidRequest', { message: 'Torrent creation is not supported for objects of zero bytes' })
  }
  if (limit > 0 && size >= limit) {
    throw new S3Error('InvalidRequest', {
      message: `Torrent creation is not supported for objects larger than ${limit}`
    })
  }
}

/** What stores without a hash write for every object: nothing, or zeros (MinIO, of files that it found). */
const SAME_FOR_ALL = /^"?(?:0{32}(?:-\d+)?)?"?$/

// RFC 9110 §8.8.1: different bytes may have the same weak ETag, and If-Match never matches one.
function assertPinnable ({ etag }: ObjectHead): void {
  if (isWeak(etag) || SAME_FOR_ALL.test(etag)) {
    throw new S3Error('InvalidRequest', { message: 'Torrent creation needs an object with a strong ETag' })
  }
}
