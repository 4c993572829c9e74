import { LRUCache } from 'lru-cache'
import { OriginUnavailable, refusesUnsigned } from '../objects/origin-errors.js'
import type { Client, Requester } from '../objects/requester.js'
import { idOf } from '../torrent/identity.js'
import type { LaidManifest } from '../torrent/manifest.js'
import { FairSlots } from '../util/fair-slots.js'
import { inLanes } from '../util/in-lanes.js'
import { within, withDeadline } from '../util/timeout.js'
import { PUBLIC_MS } from './limits.js'
import type { PublicAccess } from './public-access.js'
import type { PublicVerdict } from './public-verdicts.js'

const MAX_KEPT = 1_000
/** Objects of one prefix that are asked for at the same time, and of all prefixes together. */
const ASKED_AT_ONCE = 32
const ALL_ASKED_AT_ONCE = 64
/** How long a question goes on, also when nobody waits for it anymore. */
const ASK_MS = 30_000

class NotPublic extends Error {
  override name = 'NotPublic'
}

/** Whether everybody may read all objects of a prefix torrent, each in the version that is in it. */
export class PublicPrefixes {
  readonly #access: PublicAccess
  /** By id of the manifest. */
  readonly #kept = new LRUCache<string, PublicVerdict>({ max: MAX_KEPT })
  /** The file that was not public, of those that were not: it is asked for first, and mostly says it again. */
  readonly #refused = new LRUCache<string, number>({ max: MAX_KEPT })
  readonly #open = new Map<string, Promise<PublicVerdict>>()
  readonly #slots = new FairSlots<string>(ALL_ASKED_AT_ONCE)

  constructor (access: PublicAccess) {
    this.#access = access
  }

  /**
   * From a verdict of at most 30 seconds, for what is merely written into a torrent. A question is asked once for all
   * who come while it is open; none of them hears of its failure, or of a requester who has left.
   * @param asOf when the requester was told of each object, performance.now()
   * @throws OriginUnavailable, OriginRefusal SlowDown
   */
  async verdict (
    manifest: LaidManifest, requester: Requester, asOf: number, signal: AbortSignal
  ): Promise<PublicVerdict> {
    const id = idOf(manifest.identity)
    const { bucket, prefix } = manifest
    const anonymous = this.#access.anonymousRequester({ bucket, key: prefix })
    if (anonymous !== undefined && requester.keyPair === anonymous.keyPair && !requester.requestPayer) {
      const verdict = { isPublic: true, asOf }
      this.#kept.set(id, verdict)
      return verdict
    }
    const kept = this.#kept.get(id)
    if (kept !== undefined && performance.now() - kept.asOf < PUBLIC_MS) return kept
    const joined = await within(this.#open.get(id) ?? NOBODY, ASK_MS, undefined, signal).catch(() => {
      signal.throwIfAborted()
      return undefined
    })
    return joined ?? within(this.#begin(id, manifest, requester.client), 2 * ASK_MS, LATE_VERDICT, signal)
  }

  /** Asks the origin now. @throws as PublicAccess.headIfPublic */
  async arePublic (manifest: LaidManifest, signal: AbortSignal, client?: Client): Promise<boolean> {
    const { bucket, files } = manifest
    const id = idOf(manifest.identity)
    const assertPublic = async (number: number, signal: AbortSignal): Promise<void> => {
      const { key = '', etag, size } = files[number] ?? {}
      const head = await this.#slots.use(id, () => this.#access.headIfPublic({ bucket, key }, signal, client), signal)
      if (head?.etag === etag && head?.size === size) return
      this.#refused.set(id, number)
      throw new NotPublic(`${key} is not public`)
    }
    try {
      await assertPublic(this.#refused.get(id) ?? 0, signal) // of most prefixes one says it for all
      await inLanes(ASKED_AT_ONCE, files.keys(), assertPublic, signal)
      this.#refused.delete(id)
      return true
    } catch (error) {
      if (error instanceof NotPublic) return false
      throw error
    }
  }

  #begin (id: string, manifest: LaidManifest, client: Client | undefined): Promise<PublicVerdict> {
    const asOf = performance.now()
    const question = withDeadline(ASK_MS, LATE, new AbortController().signal, async ({ signal }) => {
      const verdict = { asOf, isPublic: await this.#arePublicToWriters(manifest, signal, client) }
      this.#kept.set(id, verdict)
      return verdict
    }).finally(() => { if (this.#open.get(id) === question) this.#open.delete(id) })
    this.#open.set(id, question)
    return question
  }

  async #arePublicToWriters (
    manifest: LaidManifest, signal: AbortSignal, client: Client | undefined
  ): Promise<boolean> {
    try {
      return await this.arePublic(manifest, signal, client)
    } catch (error) {
      if (refusesUnsigned(error)) return false
      throw error
    }
  }
}

const NOBODY = Promise.resolve(undefined)
const LATE = new OriginUnavailable('the origin did not say in time whether everybody may read the objects')
const LATE_VERDICT: PublicVerdict = { isPublic: false, asOf: -Infinity }
