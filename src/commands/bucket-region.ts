import type { ListedObject, Listing } from '../objects/listing.js'
import type { HeadOptions, ObjectHead, ObjectRead, Objects, Part, ReadOptions } from '../objects/objects.js'
import { OriginRedirect } from '../objects/origin-errors.js'
import type { Requester } from '../objects/requester.js'
import type { S3Origin } from '../objects/s3/s3-origin.js'
import type { WorkerRead } from '../objects/worker-read.js'
import type { ObjectAddress } from '../s3/object-address.js'

/** S3 as one region has it. */
export interface RegionalS3 {
  readonly origin: S3Origin
  readonly endpoint: string
  readonly region: string
}

/**
 * S3 in the region where a bucket turns out to be: a first question that is sent to another region is asked there, and
 * so are all that follow. Whoever makes it closes it.
 */
export class BucketRegion implements Objects, Listing {
  readonly #open: (region: string) => RegionalS3
  #s3: RegionalS3
  #hasMoved = false

  constructor (region: string, open: (region: string) => RegionalS3) {
    this.#open = open
    this.#s3 = open(region)
  }

  /** Final once a question was answered. */
  get s3 (): RegionalS3 {
    return this.#s3
  }

  /** Final once a question was answered. */
  get name (): string {
    return this.#s3.origin.name
  }

  head (object: ObjectAddress, requester: Requester, signal: AbortSignal, options?: HeadOptions): Promise<ObjectHead> {
    return this.#ask((origin) => origin.head(object, requester, signal, options))
  }

  read (
    object: ObjectAddress, requester: Requester, options: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    return this.#ask((origin) => origin.read(object, requester, options, signal))
  }

  workerRead (object: ObjectAddress, requester: Requester, head: ObjectHead, part: Part): Promise<WorkerRead> {
    return this.#s3.origin.workerRead(object, requester, head, part)
  }

  async * list (
    bucket: string, prefix: string, requester: Requester, signal: AbortSignal
  ): AsyncGenerator<ListedObject> {
    const { first, rest } = await this.#ask(async (origin) => {
      const rest = origin.list(bucket, prefix, requester, signal)
      return { first: await rest.next(), rest }
    })
    if (first.done === true) return
    yield first.value
    yield * rest
  }

  close (): Promise<void> {
    return this.#s3.origin.close()
  }

  async #ask<T> (question: (origin: S3Origin) => Promise<T>): Promise<T> {
    const asked = this.#s3
    try {
      return await question(asked.origin)
    } catch (error) {
      const region = error instanceof OriginRedirect ? error.region : undefined
      if (region === undefined || region === asked.region || !/^[a-z0-9-]+$/.test(region)) throw error
      if (this.#s3 === asked) await this.#moveTo(region, error)
      return await question(this.#s3.origin)
    }
  }

  async #moveTo (region: string, reason: unknown): Promise<void> {
    if (this.#hasMoved) throw reason
    this.#hasMoved = true
    const { origin } = this.#s3
    this.#s3 = this.#open(region)
    await origin.close()
  }
}
