import { LISTING_LIMITS } from '../objects/limits.js'
import type { ListedObject } from '../objects/listing.js'
import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import { S3Error } from '../s3/errors.js'
import { NoTorrent } from '../s3/no-torrent.js'
import type { FairSlots } from '../util/fair-slots.js'
import { inLanes } from '../util/in-lanes.js'
import { asking } from './origin-errors.js'
import { assertGettable } from './gettable-object.js'
import { ObjectChanged } from './pinned-read.js'
import { listInTurn, listPrefix } from './prefix-listing.js'
import type { PrefixListingParts } from './prefix-listing.js'
import { assertOwner, assertStoredPlainly } from './readable-object.js'
import { noTorrentOf } from './torrentable-object.js'
import type { TorrentLimits } from './torrentable-object.js'

export interface ReadablePrefixParts extends PrefixListingParts {
  readonly origin: Objects
  readonly options: TorrentLimits
  /** Bytes under a prefix, at most. */
  readonly maxPrefixSize: number
  /** Of prefixes whose objects are asked for, by the network that asks: one request costs ten thousand questions. */
  readonly headTurns: FairSlots<string>
}

export interface PrefixRequest {
  readonly bucket: string
  /** A string, as every S3 prefix is; empty: the whole bucket. */
  readonly prefix: string
  readonly requester: Requester
  /** Who asks which keys there are: the same, but where what is published is not listed. */
  readonly lister: Requester
  /** Whether the requester is one for this key; undefined: for all. */
  readonly mayAsk?: ((key: string) => boolean) | undefined
}

/** All objects under a prefix, each as the requester was just told of it. */
export interface ReadablePrefix {
  /** By key, sorted. */
  readonly heads: ReadonlyMap<string, ObjectHead>
  /** Of the newest; undefined where the origin says it of none. */
  readonly lastModified: Date | undefined
  readonly requestCharged: boolean
}

/** Of HeadObject, for one request. */
const HEADS_AT_ONCE = 64

/** The listing and the answers to HEAD are not of the same moment. */
export class PrefixChanged extends ObjectChanged {
  override name = 'PrefixChanged'
  readonly key: string

  constructor (key: string, what: string, options?: ErrorOptions) {
    super(`${key} ${what}`, options)
    this.key = key
  }
}

/**
 * All objects under a prefix, for a requester who may list them, and may READ each: the origin decides it now, with the
 * requester's own key pair.
 * @throws S3Error AccessDenied where one of them may not be READ; InvalidRequest where one can have no torrent, or
 * where there are too many; NoSuchKey where there is none. PrefixChanged where HEAD contradicts the listing, which
 * makes retryOnceIfChanged restart
 */
export async function headPrefix (
  parts: ReadablePrefixParts, request: PrefixRequest, signal: AbortSignal
): Promise<ReadablePrefix> {
  const { bucket, prefix, requester, mayAsk = () => true } = request
  await assertOwner(parts.options, { bucket }, requester, signal)
  const listed = await listedObjects(parts, request, signal)
  if (![...listed.keys()].every(mayAsk)) throw new S3Error('AccessDenied')
  const heads = new Map<string, ObjectHead>()
  let refused: { readonly key: string, readonly error: NoTorrent } | undefined
  let [refusals, requestCharged] = [0, false]
  const headOne = async (object: ListedObject, signal: AbortSignal): Promise<void> => {
    const found = await headListed(parts, bucket, object, requester, signal)
    if (found instanceof NoTorrent) {
      refusals++
      if (refused === undefined || object.key < refused.key) refused = { key: object.key, error: found }
      return
    }
    requestCharged ||= found.requestCharged
    heads.set(object.key, found)
  }
  const headAll = (signal: AbortSignal): Promise<void> => inLanes(HEADS_AT_ONCE, listed.values(), headOne, signal)
  await listInTurn(parts.headTurns, request, headAll, signal, LISTING_LIMITS.headsMs)
  if (refused !== undefined) throw noTorrent(refused, refusals, listed.size)
  if (heads.size === 0) throw new S3Error('NoSuchKey', { details: { Key: prefix } })
  if ([...heads.values()].every(({ size }) => size === 0)) throw new NoTorrent('empty')
  const ordered = [...heads].sort(([a], [b]) => a < b ? -1 : 1) // the answers come in any order
  return { heads: new Map(ordered), lastModified: newest(heads.values()), requestCharged }
}

async function listedObjects (
  parts: ReadablePrefixParts, request: PrefixRequest, signal: AbortSignal
): Promise<Map<string, ListedObject>> {
  const { bucket, prefix, lister } = request
  const listed = new Map<string, ListedObject>()
  let size = 0
  await listPrefix(parts, { bucket, prefix, requester: lister }, (object) => {
    if (isFolderMarker(object)) return
    if (listed.has(object.key)) throw new PrefixChanged(object.key, 'is listed twice')
    listed.set(object.key, object)
    size += object.size
    if (size > parts.maxPrefixSize) {
      throw new S3Error('InvalidRequest', {
        message: `There are more than ${parts.maxPrefixSize} bytes under the prefix: ask for a longer one.`
      })
    }
  }, signal)
  return listed
}

// What consoles write for an empty folder.
const isFolderMarker = ({ key, size }: ListedObject): boolean => size === 0 && key.endsWith('/')

/** The object as HEAD has it, or why it can have no torrent. */
async function headListed (
  { origin, options }: ReadablePrefixParts,
  bucket: string,
  { key, size, etag }: ListedObject,
  requester: Requester,
  signal: AbortSignal
): Promise<ObjectHead | NoTorrent> {
  const object = { bucket, key }
  try {
    const head = await asking(object, () => origin.head(object, requester, signal))
    const reason = head.size === 0 ? undefined : noTorrentOf(head, options)
    // HEAD may make an ETag weak that the listing has as a strong one, and does so each time.
    const isOther = head.size !== size || (etag !== '' && head.etag !== etag)
    if (isOther && reason !== 'weak-etag') throw new PrefixChanged(key, 'has changed')
    assertStoredPlainly(head)
    if (reason !== undefined) return new NoTorrent(reason, { limit: options.maxObjectSize })
    await asking(object, () => assertGettable(origin, object, requester, head, signal))
    const { 'content-encoding': encoding } = head.headers
    // Of ten thousand heads no more is kept than reads need.
    return { ...head, headers: encoding === undefined ? {} : { 'content-encoding': encoding } }
  } catch (error) {
    if (error instanceof NoTorrent) return error
    if (error instanceof S3Error && ['NoSuchKey', 'PreconditionFailed'].includes(error.code)) {
      throw new PrefixChanged(key, 'is gone', { cause: error })
    }
    throw error
  }
}

function noTorrent (
  { key, error }: { readonly key: string, readonly error: NoTorrent }, count: number, all: number
): S3Error {
  return new S3Error('InvalidRequest', {
    message: `${count} of the ${all} objects under the prefix can have no torrent, first of all ${key}: ` +
      error.message,
    details: { Key: key },
    cause: error
  })
}

function newest (heads: Iterable<ObjectHead>): Date | undefined {
  let newest: Date | undefined
  for (const { lastModified } of heads) {
    if (lastModified !== undefined && (newest === undefined || lastModified > newest)) newest = lastModified
  }
  return newest
}
