import { setMaxListeners } from 'node:events'
import type { ObjectAddress } from '../s3/object-address.js'
import type { Requester } from '../objects/requester.js'
import { assertBucketName, assertKeyLength } from '../s3/address.js'
import type { CreatedObject } from '../s3/event-notification.js'
import { S3Error } from '../s3/errors.js'
import { NoTorrent } from '../s3/no-torrent.js'
import { retry } from '../util/retry.js'
import { warmObject } from './warm-object.js'
import type { WarmParts } from './warm-object.js'

export interface BucketEventsParts {
  readonly warm: WarmParts
  /** As whom the new objects are read. */
  readonly requester: Requester
  readonly log: { info (facts: object, message: string): void, warn (facts: object, message: string): void }
}

/** What became of the new objects since the process began. */
export interface EventCounts {
  /** Their hashes are kept. */
  hashed: number
  /** There is no torrent of such an object: too large, empty, SSE-C, archived. */
  skipped: number
  failed: number
}

/** What waits is in memory: more is for the sender to send again. */
const MAX_WAITING = 10_000
const AT_ONCE = 2
const TRIES = 4
const PAUSES = { firstMs: 3_000, longestMs: 6_000 }
/**
 * Of a version that the store does not have, or not for the own key pair: MinIO 2019 writes "1" where there are no
 * versions.
 */
const OF_VERSION = new Set(
  ['NoSuchVersion', 'InvalidArgument', 'MethodNotAllowed', 'AccessDenied', 'InternalError', 'ServiceUnavailable']
)
/** What the notification named is not there, or not anymore. */
const NOT_THERE = new Set([
  'InvalidArgument', 'NoSuchKey', 'NoSuchVersion', 'NoSuchBucket', 'MethodNotAllowed', 'InvalidBucketName',
  'KeyTooLongError'
])

/**
 * New objects are hashed as they are made known, a few at a time, beside what clients ask for. Whoever makes it closes
 * it.
 */
export class BucketEvents {
  readonly counts: EventCounts = { hashed: 0, skipped: 0, failed: 0 }
  readonly #parts: BucketEventsParts
  /** By address: an object that is named twice is hashed once. */
  readonly #waiting = new Map<string, CreatedObject>()
  readonly #closing = new AbortController()
  #running = 0

  constructor (parts: BucketEventsParts) {
    this.#parts = parts
    setMaxListeners(0, this.#closing.signal)
  }

  get waiting (): number {
    return this.#waiting.size
  }

  /** Takes them all, or none: then false. */
  add (objects: readonly CreatedObject[]): boolean {
    if (this.#waiting.size + objects.length > MAX_WAITING) return false
    for (const object of objects) this.#waiting.set(JSON.stringify(object), object)
    while (this.#running < AT_ONCE && this.#waiting.size > 0) this.#work().catch(() => {})
    return true
  }

  close (): void {
    this.#waiting.clear()
    this.#closing.abort(new Error('the server ends'))
  }

  async #work (): Promise<void> {
    this.#running++
    for (const [id, object] of this.#waiting) {
      this.#waiting.delete(id)
      await this.#hash(object).catch(() => { this.counts.failed++ })
    }
    this.#running--
  }

  async #hash (object: CreatedObject): Promise<void> {
    const { bucket, keys: [key] } = object
    const { log } = this.#parts
    const failure = await this.#tryAgain(object)
    if (this.#closing.signal.aborted) return
    if (failure === undefined) {
      log.info({ bucket, key }, 'hashed, because a bucket notification named it')
      this.counts.hashed++
      return
    }
    const code = codeOf(failure)
    if (hasNoTorrent(failure)) {
      log.info({ bucket, key, code }, 'a bucket notification named an object of which there is no torrent')
      this.counts.skipped++
      return
    }
    log.warn(
      { bucket, key, code, err: failure }, 'an object that a bucket notification named could not be hashed'
    )
    this.counts.failed++
  }

  // Why the object is not hashed in the end; undefined where it is.
  async #tryAgain (object: CreatedObject): Promise<unknown> {
    try {
      await retry(() => this.#askForFirst(object), {
        pauses: PAUSES,
        again: (error, _pauseMs, tries) => tries < TRIES && !hasNoTorrent(error) && codeOf(error) !== 'AccessDenied',
        signal: this.#closing.signal
      })
      return undefined
    } catch (error) {
      return error
    }
  }

  // What the notification may have meant: a key that is encoded or not; and what is current, where its version id leads
  // nowhere.
  async #askForFirst ({ bucket, keys, versionId }: CreatedObject): Promise<void> {
    const meant: ObjectAddress[] = [
      ...versionId === undefined ? [] : keys.map((key) => ({ bucket, key, versionId })),
      ...keys.map((key) => ({ bucket, key }))
    ]
    for (const [i, object] of meant.entries()) {
      try {
        return await this.#askFor(object)
      } catch (error) {
        if (i === meant.length - 1 || !mayBeAnother(error, object)) throw error
      }
    }
  }

  async #askFor (object: ObjectAddress): Promise<void> {
    assertBucketName(object.bucket)
    assertKeyLength(object.key)
    const { warm, requester } = this.#parts
    const asking = new AbortController()
    const signal = AbortSignal.any([asking.signal, this.#closing.signal])
    setMaxListeners(0, signal)
    try {
      await warmObject(warm, object, requester, {}, signal)
    } finally {
      asking.abort(ASKED)
    }
  }
}

function codeOf (error: unknown): string | undefined {
  return error instanceof S3Error ? error.code : undefined
}

function hasNoTorrent (error: unknown): boolean {
  return error instanceof NoTorrent || NOT_THERE.has(codeOf(error) ?? '')
}

function mayBeAnother (error: unknown, { versionId }: ObjectAddress): boolean {
  return error instanceof S3Error && (error.code === 'NoSuchKey' || (versionId !== undefined && OF_VERSION.has(
    error.code
  )))
}

const ASKED = new DOMException('the hashes are there', 'AbortError')
