import { listPrefix } from '../access/prefix-listing.js'
import type { ListedPrefix, PrefixListingParts } from '../access/prefix-listing.js'
import { assertOwner } from '../access/readable-object.js'
import { noTorrentOf } from '../access/torrentable-object.js'
import type { TorrentLimits } from '../access/torrentable-object.js'
import type { ListedObject } from '../objects/listing.js'
import { NewestObjects } from '../objects/newest-objects.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import { writeFeed } from '../torrent/torrent-feed.js'
import type { TorrentFeed } from '../torrent/torrent-feed.js'
import type { UrlOptions } from '../torrent/torrent-sources.js'
import { documentOf } from './measured-document.js'
import type { DocumentRequest, MeasuredDocument } from './measured-document.js'

/** Of a feed, the newest. */
export const MAX_ITEMS = 1_000

export interface GetPrefixFeedParts extends PrefixListingParts {
  readonly options: TorrentLimits & UrlOptions
}

export interface GetPrefixFeedRequest extends ListedPrefix, DocumentRequest {
  /** Of the torrents. */
  readonly metaVersion: MetaVersion
}

/** What a listing says of the objects under a prefix. */
interface Found {
  /** Those that can have a torrent, newest first. */
  readonly newest: readonly ListedObject[]
  readonly requestCharged: boolean
}

/**
 * GetPrefixFeed: the torrents of the newest objects under a prefix, for a requester who may list them; each URL in it
 * asks READ itself.
 * @throws S3Error InvalidRequest where there are more keys than `maxObjects`; AccessDenied, NoSuchBucket, …
 */
export async function getPrefixFeed (
  parts: GetPrefixFeedParts, request: GetPrefixFeedRequest, signal: AbortSignal
): Promise<MeasuredDocument> {
  const { options } = parts
  const { bucket, prefix, requester, metaVersion } = request
  const { newest, requestCharged } = await newestOf(parts, request, signal)
  await assertOwner(options, { bucket }, requester, signal)
  const lastModified = newest[0]?.lastModified
  const feed: TorrentFeed = { options, metaVersion, bucket, prefix, items: newest, lastModified }
  return documentOf(() => writeFeed(feed), { lastModified, requestCharged }, request)
}

async function newestOf (
  parts: GetPrefixFeedParts, request: GetPrefixFeedRequest, signal: AbortSignal
): Promise<Found> {
  const newest = new NewestObjects(MAX_ITEMS)
  let requestCharged = false
  await listPrefix(parts, request, (object) => {
    requestCharged ||= object.requestCharged === true
    if (object.size > 0 && noTorrentOf(object, parts.options) === undefined) newest.add(object)
  }, signal)
  return { newest: newest.all(), requestCharged }
}
