import { LISTING_LIMITS } from '../objects/limits.js'
import type { ListedObject, Listing } from '../objects/listing.js'
import { OriginRefusal, OriginUnavailable } from '../objects/origin-errors.js'
import type { Requester } from '../objects/requester.js'
import { isAddressable } from '../s3/addressable-key.js'
import { S3Error } from '../s3/errors.js'
import type { FairSlots } from '../util/fair-slots.js'
import { withDeadline } from '../util/timeout.js'
import { asking, slowDown } from './origin-errors.js'

export interface PrefixListingParts {
  readonly listing: Listing
  /** Keys under a prefix that are listed, at most. */
  readonly maxObjects: number
  /** Of listings, by the network that asks. */
  readonly turns: FairSlots<string>
  /** For its turn and all of its pages, instead of the time that a client waits. */
  readonly wholeMs?: number
}

/** There are more keys under a prefix than it may have. */
export class TooManyKeys extends S3Error {
  readonly limit: number

  constructor (limit: number) {
    super('InvalidRequest', { message: `There are more than ${limit} keys under the prefix: ask for a longer one.` })
    this.limit = limit
  }
}

export interface ListedPrefix {
  readonly bucket: string
  /** A string, as every S3 prefix is; empty: the whole bucket. */
  readonly prefix: string
  readonly requester: Requester
}

/**
 * Lists the keys under a prefix, in its turn, for a requester who may: the origin decides it. An origin may say
 * anything, and for ever: what is not under the prefix, or no key, is left out, and all of it has an end.
 * @param onObject told of each, in the origin's order
 * @throws S3Error InvalidRequest where there are more keys than `maxObjects`; AccessDenied, NoSuchBucket, SlowDown, …;
 * what `onObject` throws
 */
export function listPrefix (
  parts: PrefixListingParts,
  { bucket, prefix, requester }: ListedPrefix,
  onObject: (object: ListedObject) => void,
  signal: AbortSignal
): Promise<void> {
  const { listing, maxObjects, turns, wholeMs } = parts
  return listInTurn(turns, { bucket, requester }, async (signal) => {
    let keys = 0
    for await (const object of listing.list(bucket, prefix, requester, signal)) {
      signal.throwIfAborted()
      if (++keys > maxObjects) throw new TooManyKeys(maxObjects)
      if (isKeyUnder(object, prefix)) onObject(object)
    }
  }, signal, wholeMs)
}

/**
 * Lists something of a bucket in the turn of who asks, within the time that listings have.
 * @throws S3Error, and what `list` throws
 */
export async function listInTurn<T> (
  turns: FairSlots<string>,
  { bucket, requester }: Pick<ListedPrefix, 'bucket' | 'requester'>,
  list: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  wholeMs: number = LISTING_LIMITS.wholeMs
): Promise<T> {
  let hasTurn = false
  const begin = (signal: AbortSignal): Promise<T> => {
    hasTurn = true
    return list(signal)
  }
  try {
    return await asking({ bucket }, () => withDeadline(wholeMs, LATE, signal, ({ signal }) =>
      turns.use(requester.client?.network ?? '', () => begin(signal), signal).catch((error: unknown) => {
        throw asOfBucket(error)
      })))
  } catch (error) {
    throw error instanceof S3Error && error.cause === LATE && !hasTurn ? slowDown(error) : error
  }
}

const LATE = new OriginUnavailable('the origin did not list the keys in time')

/** Whether a listing may say so of a prefix: a key that a URL can name, and a size. */
export function isKeyUnder ({ key, size }: ListedObject, prefix: string): boolean {
  return key.startsWith(prefix) && isAddressable(key) && Number.isSafeInteger(size) && size >= 0
}

// A bare 404: there is no key that could be missing.
function asOfBucket (error: unknown): unknown {
  return error instanceof OriginRefusal && error.code === 'NoSuchKey'
    ? new OriginRefusal('NoSuchBucket', { cause: error })
    : error
}
