import { createHash } from 'node:crypto'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { asking, slowDown } from '../access/origin-errors.js'
import { assertOwner } from '../access/readable-object.js'
import { noTorrentOf } from '../access/torrentable-object.js'
import type { TorrentLimits } from '../access/torrentable-object.js'
import { LISTING_LIMITS } from '../objects/limits.js'
import type { ListedObject, Listing } from '../objects/listing.js'
import { NewestObjects } from '../objects/newest-objects.js'
import { OriginRefusal, OriginUnavailable } from '../objects/origin-errors.js'
import type { Requester } from '../objects/requester.js'
import { isAddressable } from '../s3/addressable-key.js'
import { S3Error } from '../s3/errors.js'
import { evaluate } from '../s3/preconditions.js'
import type { Preconditions } from '../s3/preconditions.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import { writeFeed } from '../torrent/torrent-feed.js'
import type { TorrentFeed } from '../torrent/torrent-feed.js'
import type { UrlOptions } from '../torrent/torrent-sources.js'
import type { FairSlots } from '../util/fair-slots.js'
import { withDeadline } from '../util/timeout.js'

/** Of a feed, the newest. */
export const MAX_ITEMS = 1_000

export interface GetPrefixFeedParts {
  readonly listing: Listing
  readonly options: TorrentLimits & UrlOptions
  /** Keys under a prefix that are listed for its feed. */
  readonly maxObjects: number
  /** Of listings, by the network that asks. */
  readonly turns: FairSlots<string>
}

export interface GetPrefixFeedRequest {
  readonly bucket: string
  /** A string, as every S3 prefix is; empty: the whole bucket. */
  readonly prefix: string
  readonly requester: Requester
  /** Of the torrents. */
  readonly metaVersion: MetaVersion
  readonly preconditions: Preconditions
  readonly headOnly: boolean
}

export interface GetPrefixFeedReply {
  readonly status: 200 | 304
  readonly contentLength: number
  readonly etag: string
  readonly lastModified: Date | undefined
  readonly requestCharged: boolean
  /** In slices. Undefined for HEAD and 304. */
  readonly body: Iterable<Buffer> | undefined
}

/** What a listing says of the objects under a prefix. */
interface Found {
  /** Those that can have a torrent, newest first. */
  readonly newest: readonly ListedObject[]
  readonly requestCharged: boolean
}

/**
 * GetPrefixFeed: the torrents of the newest objects under a prefix, for a requester who may list them; each URL in it
 * asks READ itself. Every byte is known before the first is sent.
 * @throws S3Error InvalidRequest where there are more keys than `maxObjects`; AccessDenied, NoSuchBucket, …
 */
export async function getPrefixFeed (
  parts: GetPrefixFeedParts, request: GetPrefixFeedRequest, signal: AbortSignal
): Promise<GetPrefixFeedReply> {
  const { options } = parts
  const { bucket, prefix, requester, metaVersion, preconditions, headOnly } = request
  const { newest, requestCharged } = await inTurn(parts, request, signal)
  await assertOwner(options, { bucket }, requester, signal)
  const lastModified = newest[0]?.lastModified
  const feed: TorrentFeed = { options, metaVersion, bucket, prefix, items: newest, lastModified }
  const { etag, contentLength } = await measured(feed)
  const reply = { etag, contentLength, lastModified, requestCharged }
  const verdict = evaluate(preconditions, { etag, lastModified })
  if (verdict === 'failed') throw new S3Error('PreconditionFailed')
  if (verdict === 'not modified') return { ...reply, status: 304, body: undefined }
  return { ...reply, status: 200, body: headOnly ? undefined : writeFeed(feed) }
}

function inTurn (parts: GetPrefixFeedParts, request: GetPrefixFeedRequest, signal: AbortSignal): Promise<Found> {
  const { bucket, requester } = request
  let hasTurn = false
  return asking({ bucket }, () => withDeadline(LISTING_LIMITS.wholeMs, LATE, signal, async ({ signal }) => {
    return await parts.turns.use(requester.client?.network ?? '', () => {
      hasTurn = true
      return listed(parts, request, signal)
    }, signal)
  })).catch((error: unknown) => {
    throw error instanceof S3Error && error.cause === LATE && !hasTurn ? slowDown(error) : error
  })
}

const LATE = new OriginUnavailable('the origin did not list the keys in time')

async function listed (
  { listing, options, maxObjects }: GetPrefixFeedParts, { bucket, prefix, requester }: GetPrefixFeedRequest,
  signal: AbortSignal
): Promise<Found> {
  const newest = new NewestObjects(MAX_ITEMS)
  let [keys, requestCharged] = [0, false]
  try {
    for await (const object of listing.list(bucket, prefix, requester, signal)) {
      signal.throwIfAborted()
      if (++keys > maxObjects) throw tooMany(maxObjects)
      requestCharged ||= object.requestCharged === true
      if (isListable(object, prefix) && noTorrentOf(object, options) === undefined) newest.add(object)
    }
  } catch (error) {
    // A bare 404: there is no key that could be missing.
    if (error instanceof OriginRefusal && error.code === 'NoSuchKey') {
      throw new OriginRefusal('NoSuchBucket', { cause: error })
    }
    throw error
  }
  return { newest: newest.all(), requestCharged }
}

// An origin may say anything.
function isListable ({ key, size }: ListedObject, prefix: string): boolean {
  return key.startsWith(prefix) && isAddressable(key) && Number.isSafeInteger(size) && size > 0
}

function tooMany (maxObjects: number): S3Error {
  return new S3Error('InvalidRequest', {
    message: `There are more than ${maxObjects} keys under the prefix: ask for a longer one.`
  })
}

// A thousand items take some milliseconds, and others are answered in between.
async function measured (feed: TorrentFeed): Promise<{ etag: string, contentLength: number }> {
  const hash = createHash('sha256')
  let contentLength = 0
  for (const slice of writeFeed(feed)) {
    hash.update(slice)
    contentLength += slice.length
    await othersTurn()
  }
  return { etag: `"${hash.digest('hex').slice(0, 32)}"`, contentLength }
}
