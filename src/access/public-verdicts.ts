import { LRUCache } from 'lru-cache'
import type { ObjectHead } from '../objects/objects.js'
import { OriginUnavailable } from '../objects/origin-errors.js'
import type { Client } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { within, withDeadline } from '../util/timeout.js'
import { PUBLIC_MS } from './limits.js'

/** Whether everybody may read a version of an object. */
export interface PublicVerdict {
  readonly isPublic: boolean
  /** When the origin was asked, by the clock of the verdicts. */
  readonly asOf: number
}

/** The ETag of the object where everybody may read it; else undefined. @throws OriginUnavailable, OriginRefusal */
export type EtagIfPublic = (
  object: ObjectAddress, client: Client | undefined, signal: AbortSignal
) => Promise<string | undefined>

interface Answer {
  /** Undefined: not everybody may read the object. */
  readonly etag: string | undefined
  readonly asOf: number
}

/** A verdict on one version. */
export interface VersionVerdict extends PublicVerdict {
  readonly etag: string
}

const MAX_KEPT = 10_000
/** How long a question goes on, also when nobody waits for it anymore. */
const ASK_MS = 60_000
/** How long a requester waits for a question that another one has asked, before it asks for itself. */
const JOIN_MS = 1_000

/**
 * Verdicts of the last half minute, by address; each is on one version. A question is asked once for all requesters
 * that come while it is open, but none of them waits long for another's, which may stand in a queue, or hears of its
 * failure: each then asks for itself.
 */
export class PublicVerdicts {
  readonly #etagIfPublic: EtagIfPublic
  readonly #now: () => number
  readonly #kept = new LRUCache<string, VersionVerdict>({ max: MAX_KEPT })
  readonly #open = new Map<string, Promise<Answer>>()

  constructor (etagIfPublic: EtagIfPublic, now: () => number) {
    this.#etagIfPublic = etagIfPublic
    this.#now = now
  }

  /**
   * The verdict on the version that the caller is about to be told of. The origin is asked at once, where there is no
   * verdict on any version.
   */
  ask (
    object: ObjectAddress, client: Client | undefined, signal: AbortSignal
  ): (head: Pick<ObjectHead, 'etag'>) => Promise<PublicVerdict> {
    const id = idOf(object)
    const ahead = this.#fresh(id) === undefined ? this.#joined(id, object, client, signal) : undefined
    ahead?.catch(() => {}) // the caller may be refused itself, and never look
    return async ({ etag }) => {
      const kept = this.#fresh(id)
      if (kept?.etag === etag) return kept
      const answer = await (ahead ?? this.#joined(id, object, client, signal))
      // The two answers are of two versions: the later one may be of the caller's by now.
      const last = answer.etag === undefined || answer.etag === etag
        ? answer
        : await this.#asked(object, client, signal)
      const verdict = { etag, isPublic: last.etag === etag, asOf: last.asOf }
      this.#kept.set(id, verdict)
      return verdict
    }
  }

  /** Keeps what a request without credentials was just told: the next signed one hears the same. */
  note (object: ObjectAddress, verdict: VersionVerdict): PublicVerdict {
    this.#kept.set(idOf(object), verdict)
    return verdict
  }

  #fresh (id: string): VersionVerdict | undefined {
    const kept = this.#kept.get(id)
    return kept !== undefined && this.#now() - kept.asOf < PUBLIC_MS ? kept : undefined
  }

  async #joined (
    id: string, object: ObjectAddress, client: Client | undefined, signal: AbortSignal
  ): Promise<Answer> {
    const open = this.#open.get(id)
    const answer = open === undefined
      ? await within(this.#begin(id, object, client), 2 * ASK_MS, undefined, signal)
      : await within(open, JOIN_MS, undefined, signal).catch(() => { signal.throwIfAborted() })
    return answer ?? this.#asked(object, client, signal)
  }

  #begin (id: string, object: ObjectAddress, client: Client | undefined): Promise<Answer> {
    const question = withDeadline(
      ASK_MS, LATE, new AbortController().signal, ({ signal }) => this.#asked(object, client, signal)
    ).finally(() => this.#open.delete(id))
    this.#open.set(id, question)
    return question
  }

  async #asked (object: ObjectAddress, client: Client | undefined, signal: AbortSignal): Promise<Answer> {
    const asOf = this.#now()
    return { etag: await this.#etagIfPublic(object, client, signal), asOf }
  }
}

const LATE = new OriginUnavailable('the origin did not say in time whether everybody may read the object')

function idOf ({ bucket, key, versionId }: ObjectAddress): string {
  return JSON.stringify([bucket, key, versionId ?? null])
}
