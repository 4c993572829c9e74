import { chainOf } from '../../net/connection-failure.js'
import type { ListedObject, Listing } from '../../objects/listing.js'
import type { HeadOptions, ObjectHead, ObjectRead, Objects, Part, ReadOptions } from '../../objects/objects.js'
import type { Requester } from '../../objects/requester.js'
import type { WorkerRead } from '../../objects/worker-read.js'
import type { ObjectAddress } from '../../s3/object-address.js'

/** An origin that knows of which of many objects an error is, for the person who is to look at it. */
export class NamingOrigin implements Objects, Listing {
  readonly #origin: Objects & Listing
  /** Keys, by what was thrown. */
  readonly #failed = new WeakMap<Error, string>()

  constructor (origin: Objects & Listing) {
    this.#origin = origin
  }

  get name (): string {
    return this.#origin.name
  }

  /** The object that an error, or what caused it, is of. */
  keyOf (error: unknown): string | undefined {
    return chainOf(error).map((cause) => this.#failed.get(cause)).find((key) => key !== undefined)
  }

  head (object: ObjectAddress, requester: Requester, signal: AbortSignal, options?: HeadOptions): Promise<ObjectHead> {
    return this.#naming(object, this.#origin.head(object, requester, signal, options))
  }

  async read (
    object: ObjectAddress, requester: Requester, options: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    const read = await this.#naming(object, this.#origin.read(object, requester, options, signal))
    read.body.once('error', (error) => { this.#failed.set(error, object.key) })
    return read
  }

  workerRead (object: ObjectAddress, requester: Requester, head: ObjectHead, part: Part): Promise<WorkerRead> {
    return this.#naming(object, this.#origin.workerRead(object, requester, head, part))
  }

  list (bucket: string, prefix: string, requester: Requester, signal: AbortSignal): AsyncGenerator<ListedObject> {
    return this.#origin.list(bucket, prefix, requester, signal)
  }

  close (): Promise<void> {
    return this.#origin.close()
  }

  async #naming<T> ({ key }: ObjectAddress, asked: Promise<T>): Promise<T> {
    try {
      return await asked
    } catch (error) {
      if (error instanceof Error) this.#failed.set(error, key)
      throw error
    }
  }
}
