import type { KeyPair } from '../credentials/key-pair.js'
import { OriginRedirect, OriginRefusal, isVerdict, refusesUnsigned } from '../objects/origin-errors.js'
import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Client, Requester } from '../objects/requester.js'
import { climbs } from '../s3/climbing-key.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { assertGettable } from './gettable-object.js'
import { PublicVerdicts } from './public-verdicts.js'
import type { PublicVerdict } from './public-verdicts.js'

export interface PublicAccessOptions {
  /** `origin`: unsigned requests are the origin's to judge; `deny`: refused. */
  readonly anonymous: 'origin' | 'deny'
  /** `bucket`, or `bucket/prefix`: these keys are read for everybody with the server's own pair. */
  readonly public: readonly string[]
  /** Read for every request. */
  readonly own: KeyPair | undefined
}

/** The same requester's own HeadObject is made meanwhile. @throws as PublicAccess.headIfPublic */
export type PendingVerdict = (head: ObjectHead) => Promise<PublicVerdict>

/**
 * What everybody may read: the one place that turns a request without credentials into a requester, and the one answer
 * to "is it public?". Bytes and peers are given away by `headAsAnonymous` and `headIfPublic` alone, which ask the
 * origin every time; what is merely written into a torrent may come from memory.
 */
export class PublicAccess {
  readonly #options: PublicAccessOptions
  readonly #objects: Objects
  readonly #now: () => number
  readonly #verdicts: PublicVerdicts

  /** @param now milliseconds of a clock that only goes forward */
  constructor (options: PublicAccessOptions, objects: Objects, now: () => number = () => performance.now()) {
    this.#options = options
    this.#objects = objects
    this.#now = now
    this.#verdicts = new PublicVerdicts((object, client, signal) => this.#etagIfPublic(object, client, signal), now)
  }

  /**
   * As whom the origin is asked on behalf of everybody; undefined where nobody anonymous may read. `--public` publishes
   * what is current, by keys that are the same to every program between here and the object: older versions, which S3
   * grants apart, and keys with dot segments are the origin's to judge.
   */
  anonymousRequester ({ bucket, key, versionId }: ObjectAddress): Requester | undefined {
    const published = versionId === undefined && !climbs(key) && this.#options.public.some((entry) => {
      const slash = entry.indexOf('/')
      return slash < 0 ? bucket === entry : bucket === entry.slice(0, slash) && key.startsWith(entry.slice(slash + 1))
    })
    if (published) return { keyPair: this.#options.own, requestPayer: false, own: true }
    return this.unsigned
  }

  /**
   * As whom the origin is asked on behalf of everybody for what `--public` does not publish; undefined where that is
   * refused.
   */
  get unsigned (): Requester | undefined {
    return this.#options.anonymous === 'deny' ? undefined : { keyPair: undefined, requestPayer: false }
  }

  /**
   * Whether everybody may read the version that `requester` is told of, from a verdict of at most 30 seconds. Where
   * there is none the origin is asked at once, so that the answer comes beside that to the requester's own HeadObject
   * and not behind it.
   */
  askIfPublic (object: ObjectAddress, requester: Requester, signal: AbortSignal): PendingVerdict {
    const anonymous = this.anonymousRequester(object)
    if (anonymous === undefined) return async () => ({ isPublic: false, asOf: this.#now() })
    if (requester.keyPair === anonymous.keyPair && !requester.requestPayer) {
      const asOf = this.#now()
      return async ({ etag }) => this.#verdicts.note(object, { etag, isPublic: true, asOf })
    }
    return this.#verdicts.ask(object, requester.client, signal)
  }

  /**
   * The head that everybody is told now, who may GET the object too; asked on the account of `client`.
   * @throws OriginRefusal, also where nobody anonymous may read; OriginUnavailable
   */
  async headAsAnonymous (object: ObjectAddress, signal: AbortSignal, client?: Client): Promise<ObjectHead> {
    const requester = this.anonymousRequester(object)
    if (requester === undefined) throw new OriginRefusal('AccessDenied')
    const anonymous = { ...requester, client }
    try {
      const head = await this.#objects.head(object, anonymous, signal, { anyReason: true })
      await assertGettable(this.#objects, object, anonymous, head, signal)
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
   * The same; undefined where not everybody may read the object.
   * @throws OriginUnavailable, OriginRefusal that is no verdict
   */
  async headIfPublic (object: ObjectAddress, signal: AbortSignal, client?: Client): Promise<ObjectHead | undefined> {
    try {
      return await this.headAsAnonymous(object, signal, client)
    } catch (error) {
      // A store may send the unsigned to a login page.
      if (error instanceof OriginRedirect || isVerdict(error)) return undefined
      throw error
    }
  }

  async #etagIfPublic (
    object: ObjectAddress, client: Client | undefined, signal: AbortSignal
  ): Promise<string | undefined> {
    try {
      return (await this.headIfPublic(object, signal, client))?.etag
    } catch (error) {
      // A signed request is not kept waiting for the store to say more.
      if (refusesUnsigned(error)) return undefined
      throw error
    }
  }
}
