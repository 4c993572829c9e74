import type { KeyPair } from '../credentials/key-pair.js'
import type { ObjectAddress, ObjectHead, Origin, Requester } from '../origin/origin.js'
import { OriginRedirect, OriginRefusal } from '../origin/origin.js'
import { climbs } from './climbing-key.js'
import { assertGettable } from './gettable-object.js'

export interface PublishedOptions {
  /** `origin`: unsigned requests are the origin's to judge; `deny`: refused. */
  readonly anonymous: 'origin' | 'deny'
  /** `bucket`, or `bucket/prefix`: these keys are read for everybody with the server's own pair. */
  readonly public: readonly string[]
  readonly own: KeyPair | undefined
}

/** What everybody may read: the one place that turns a request without credentials into a requester. */
export class Published {
  readonly #options: PublishedOptions

  constructor (options: PublishedOptions) {
    this.#options = options
  }

  /**
   * As whom the origin is asked on behalf of everybody; undefined where nobody anonymous may. What is published is what is
   * current, by keys that are the same to whoever is between here and the object: older versions, which S3 grants apart, and keys
   * with dot segments are the origin's to judge.
   */
  requester ({ bucket, key, versionId }: ObjectAddress): Requester | undefined {
    const published = versionId === undefined && !climbs(key) && this.#options.public.some((entry) => {
      const slash = entry.indexOf('/')
      return slash < 0 ? bucket === entry : bucket === entry.slice(0, slash) && key.startsWith(entry.slice(slash + 1))
    })
    if (published) return { keyPair: this.#options.own, requestPayer: false }
    return this.#options.anonymous === 'deny' ? undefined : { keyPair: undefined, requestPayer: false }
  }

  /** Whether everybody may read this very object now; `head` is what `requester` was just told of it. */
  async includes (origin: Origin, object: ObjectAddress, requester: Requester, head: ObjectHead, signal: AbortSignal): Promise<boolean> {
    const everybody = this.requester(object)
    if (everybody === undefined) return false
    if (requester.keyPair === everybody.keyPair && !requester.requestPayer) return true
    return (await this.publicHead(origin, object, signal))?.etag === head.etag
  }

  /** What everybody is told of an object now, who may GET it too. @throws OriginRefusal, also where nobody anonymous may; OriginUnavailable */
  async head (origin: Origin, object: ObjectAddress, signal: AbortSignal): Promise<ObjectHead> {
    const everybody = this.requester(object)
    if (everybody === undefined) throw new OriginRefusal('AccessDenied')
    const head = await origin.head(object, everybody, signal)
    await assertGettable(origin, object, everybody, head, signal)
    return head
  }

  /** The same; undefined where not everybody may read it. @throws OriginUnavailable, OriginRefusal SlowDown */
  async publicHead (origin: Origin, object: ObjectAddress, signal: AbortSignal): Promise<ObjectHead | undefined> {
    try {
      return await this.head(origin, object, signal)
    } catch (error) {
      // A store may send the unsigned to a login page.
      if (error instanceof OriginRedirect || (error instanceof OriginRefusal && error.code !== 'SlowDown')) return undefined
      throw error
    }
  }
}
