import { LRUCache } from 'lru-cache'
import { LISTING_LIMITS } from '../objects/limits.js'
import type { ListedObject } from '../objects/listing.js'
import type { ObjectHead } from '../objects/objects.js'
import { NoEtag, OriginUnavailable, refusesUnsigned } from '../objects/origin-errors.js'
import type { Client } from '../objects/requester.js'
import { NoTorrent } from '../s3/no-torrent.js'
import { inLanes } from '../util/in-lanes.js'
import { withDeadline } from '../util/timeout.js'
import { PUBLIC_MS } from './limits.js'
import type { PublicAccess } from './public-access.js'
import { assertStoredPlainly } from './readable-object.js'
import { noTorrentOf } from './torrentable-object.js'
import type { TorrentLimits } from './torrentable-object.js'

/** What everybody is told of an object. */
export interface PublicHead extends Pick<ObjectHead, 'size' | 'etag' | 'lastModified'> {
  readonly hasTorrent: boolean
}

interface Answer {
  /** Undefined: not everybody may read the object, or it is not there. */
  readonly head: PublicHead | undefined
  /** As it was listed: another version is asked for anew. */
  readonly etag: string
  /** When the origin was asked, performance.now(). */
  readonly asOf: number
}

const MAX_KEPT = 10_000
/** Of HeadObject, for one request. */
const HEADS_AT_ONCE = 32

/**
 * What of a listing everybody may READ: the right to list says nothing of it. For what is merely shown, so an answer of
 * the last half minute will do.
 */
export class PublicHeads {
  readonly #access: PublicAccess
  readonly #limits: Pick<TorrentLimits, 'maxObjectSize'>
  readonly #kept = new LRUCache<string, Answer>({ max: MAX_KEPT })

  constructor (access: PublicAccess, limits: Pick<TorrentLimits, 'maxObjectSize'>) {
    this.#access = access
    this.#limits = limits
  }

  /**
   * By key; those that not everybody may read are left out.
   * @throws OriginUnavailable, OriginRefusal SlowDown, the signal's reason
   */
  async of (
    bucket: string, objects: readonly ListedObject[], client: Client, signal: AbortSignal
  ): Promise<ReadonlyMap<string, PublicHead>> {
    const heads = new Map<string, PublicHead>()
    await withDeadline(LISTING_LIMITS.wholeMs, LATE, signal, ({ signal }) =>
      inLanes(HEADS_AT_ONCE, objects, async (object, signal) => {
        const head = await this.#headOf(bucket, object, client, signal)
        if (head !== undefined) heads.set(object.key, head)
      }, signal))
    return heads
  }

  async #headOf (
    bucket: string, object: ListedObject, client: Client, signal: AbortSignal
  ): Promise<PublicHead | undefined> {
    const id = JSON.stringify([bucket, object.key])
    const kept = this.#kept.get(id)
    if (kept?.etag === object.etag && performance.now() - kept.asOf < PUBLIC_MS) return kept.head
    const asOf = performance.now()
    const head = await this.#asked(bucket, object, client, signal)
    this.#kept.set(id, { head, etag: object.etag, asOf })
    return head
  }

  async #asked (
    bucket: string, { key, etag }: ListedObject, client: Client, signal: AbortSignal
  ): Promise<PublicHead | undefined> {
    try {
      const head = await this.#access.headIfPublic({ bucket, key }, signal, client)
      return head && { ...described(head), hasTorrent: this.#hasTorrent(head) }
    } catch (error) {
      signal.throwIfAborted()
      // One that is just being written, or has no ETag, is not shown; the others are.
      if (error instanceof NoEtag || (error instanceof OriginUnavailable && etag === '')) return undefined
      if (refusesUnsigned(error)) return undefined
      throw error
    }
  }

  #hasTorrent (head: ObjectHead): boolean {
    try {
      assertStoredPlainly(head)
      return noTorrentOf(head, this.#limits) === undefined
    } catch (error) {
      if (error instanceof NoTorrent) return false
      throw error
    }
  }
}

const LATE = new OriginUnavailable('the origin did not say in time which objects everybody may read')

function described ({ size, etag, lastModified }: ObjectHead): Pick<ObjectHead, 'size' | 'etag' | 'lastModified'> {
  return { size, etag, lastModified }
}
