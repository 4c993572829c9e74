import type { KeyPair } from '../credentials/key-pair.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Client, Requester } from '../objects/requester.js'
import { OriginRedirect, OriginRefusal, isVerdict } from '../objects/origin-errors.js'
import { climbs } from '../s3/climbing-key.js'
import { assertGettable } from './gettable-object.js'

export interface PublishedOptions {
  /** `origin`: unsigned requests are the origin's to judge; `deny`: refused. */
  readonly anonymous: 'origin' | 'deny'
  /** `bucket`, or `bucket/prefix`: these keys are read for everybody with the server's own pair. */
  readonly public: readonly string[]
  /** Asked for every time. */
  readonly own: KeyPair | undefined
}

/** What everybody may read: the one place that turns a request without credentials into a requester. */
export class Published {
  readonly #options: PublishedOptions

  constructor (options: PublishedOptions) {
    this.#options = options
  }

  /**
   * As whom the origin is asked on behalf of everybody; undefined where nobody anonymous may. What is published is what
   * is current, by keys that are the same to whoever is between here and the object: older versions, which S3 grants
   * apart, and keys with dot segments are the origin's to judge.
   */
  requester ({ bucket, key, versionId }: ObjectAddress): Requester | undefined {
    const published = versionId === undefined && !climbs(key) && this.#options.public.some((entry) => {
      const slash = entry.indexOf('/')
      return slash < 0 ? bucket === entry : bucket === entry.slice(0, slash) && key.startsWith(entry.slice(slash + 1))
    })
    if (published) return { keyPair: this.#options.own, requestPayer: false, own: true }
    return this.#options.anonymous === 'deny' ? undefined : { keyPair: undefined, requestPayer: false }
  }

  /** Whether everybody may read this very object now; `head` is what `requester` was just told of it. */
  async includes (
    origin: Objects, object: ObjectAddress, requester: Requester, head: ObjectHead, signal: AbortSignal
  ): Promise<boolean> {
    const everybody = this.requester(object)
    if (everybody === undefined) return false
    if (requester.keyPair === everybody.keyPair && !requester.requestPayer) return true
    try {
      return (await this.publicHead(origin, object, signal, requester.client))?.etag === head.etag
    } catch (error) {
      // A store that has only a 400 for the unsigned publishes nothing; whoever signs is not kept waiting for it to say
      // so.
      if (error instanceof OriginRefusal && error.code !== 'SlowDown') return false
      throw error
    }
  }

  /**
   * What everybody is told of an object now, who may GET it too; asked for `client`.
   * @throws OriginRefusal, also where nobody anonymous may; OriginUnavailable
   */
  async head (origin: Objects, object: ObjectAddress, signal: AbortSignal, client?: Client): Promise<ObjectHead> {
    const requester = this.requester(object)
    if (requester === undefined) throw new OriginRefusal('AccessDenied')
    const everybody = { ...requester, client }
    try {
      const head = await origin.head(object, everybody, signal, { anyReason: true })
      await assertGettable(origin, object, everybody, head, signal)
      return head
    } catch (error) {
      // What cannot be a version id is one of no version.
      if (object.versionId !== undefined && error instanceof OriginRefusal && error.code === 'InvalidArgument') {
        throw new OriginRefusal('NoSuchVersion', { cause: error })
      }
      throw error
    }
  }

  /**
   * The same; undefined where not everybody may read it.
   * @throws OriginUnavailable, OriginRefusal that is no verdict
   */
  async publicHead (
    origin: Objects, object: ObjectAddress, signal: AbortSignal, client?: Client
  ): Promise<ObjectHead | undefined> {
    try {
      return await this.head(origin, object, signal, client)
    } catch (error) {
      // A store may send the unsigned to a login page.
      if (error instanceof OriginRedirect || isVerdict(error)) return undefined
      throw error
    }
  }
}
