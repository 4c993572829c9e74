import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import { isWeak } from '../s3/etag.js'
import { NoTorrent } from '../s3/no-torrent.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { assertGettable } from './gettable-object.js'
import { pinned } from './pinned-read.js'
import { headReadable } from './readable-object.js'
import type { BucketOwners } from './readable-object.js'

export interface TorrentLimits extends BucketOwners {
  /** Objects of this size or more are refused; 0: none. */
  readonly maxObjectSize: number
}

/**
 * HeadObject of an object that can have a torrent, for a requester who may READ it.
 * @throws NoTorrent where there can be none, S3Error, and what makes retryOnceIfChanged restart
 */
export async function headTorrentable (
  origin: Objects, limits: TorrentLimits, object: ObjectAddress, requester: Requester, signal: AbortSignal
): Promise<ObjectHead> {
  const head = await headReadable(origin, limits, object, requester, signal)
  const reason = noTorrentOf(head, limits)
  if (reason !== undefined) throw new NoTorrent(reason, { limit: limits.maxObjectSize })
  await pinned(object, () => assertGettable(origin, object, requester, head, signal))
  return head
}

/** Why an object of this size and ETag, as HEAD or a listing has them, can have no torrent. */
export function noTorrentOf (
  { size, etag }: Pick<ObjectHead, 'size' | 'etag'>, { maxObjectSize }: Pick<TorrentLimits, 'maxObjectSize'>
): 'empty' | 'too-large' | 'weak-etag' | undefined {
  // libtorrent 2.0.8 and Transmission 3.00 load no torrent of zero bytes in any form; only aria2 does.
  if (size === 0) return 'empty'
  if (maxObjectSize > 0 && size >= maxObjectSize) return 'too-large'
  // RFC 9110 §8.8.1: different bytes may have the same weak ETag, and If-Match never matches one.
  return isWeak(etag) || SAME_FOR_ALL.test(etag) ? 'weak-etag' : undefined
}

/** What stores without a hash write for every object: nothing, or zeros (MinIO, of files that it found). */
const SAME_FOR_ALL = /^"?(?:0{32}(?:-\d+)?)?"?$/
