import type { BucketOrObject, ObjectAddress } from '../s3/object-address.js'
import { FairShares } from '../util/fair-shares.js'
import { withDeadline } from '../util/timeout.js'
import { Turns } from '../util/turns.js'
import type { Buckets } from './buckets.js'
import type { ByteSink } from './byte-sink.js'
import type { FolderEntry, FolderListing, FolderRequest } from './folder-listing.js'
import { CALL_LIMITS } from './limits.js'
import type { ListedObject, Listing } from './listing.js'
import type { HeadOptions, ObjectHead, ObjectRead, Objects, Part, ReadOptions } from './objects.js'
import { OriginRefusal } from './origin-errors.js'
import type { ObjectVersion, OpenPart, PartReads } from './part-reads.js'
import type { Client, Requester } from './requester.js'
import type { WorkerRead } from './worker-read.js'

const { calls, bodies, waitMs } = CALL_LIMITS
/** Of bodies, in a turn of the event loop: about a millisecond of work. */
const TURN_BYTES = 256 * 1024

type SharedOrigin = Objects & PartReads & Buckets & Listing & FolderListing

/**
 * An origin that strangers share: calls and bodies each have so many slots, fairly by access key and by address, so
 * that nobody's slow reads or many questions keep others waiting. A requester that gets no slot in time is refused with
 * SlowDown. Requesters without a client are the server's own, whose number is bounded where they are made. Bodies are
 * moved in turns, one client's after the other's. Closing it closes the origin.
 */
export class FairOrigin implements Objects, PartReads, Buckets, Listing, FolderListing {
  readonly #origin: SharedOrigin
  readonly #calls = new FairShares(calls)
  readonly #bodies = new FairShares(bodies)
  readonly #turns = new Turns<string>(TURN_BYTES)

  constructor (origin: SharedOrigin) {
    this.#origin = origin
  }

  get name (): string {
    return this.#origin.name
  }

  head (object: ObjectAddress, requester: Requester, signal: AbortSignal, options?: HeadOptions): Promise<ObjectHead> {
    return this.#call(requester, signal, () => this.#origin.head(object, requester, signal, options))
  }

  async read (
    object: ObjectAddress, requester: Requester, options: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    const { client } = requester
    const release = await take(options.probe === true ? this.#calls : this.#bodies, client, signal)
    try {
      const read = await this.#origin.read(object, requester, options, signal)
      if (read.body.closed) release()
      else read.body.once('close', release)
      return read
    } catch (error) {
      release()
      throw error
    }
  }

  async open (
    object: ObjectAddress, requester: Requester, version: ObjectVersion, part: Part, signal: AbortSignal
  ): Promise<OpenPart> {
    const { client } = requester
    const release = await take(this.#bodies, client, signal)
    try {
      const opened = await this.#origin.open(object, requester, version, part, signal)
      const owner = client && ownerOf(client)
      let isHeld = true
      return {
        part: opened.part,
        pour: (sink) => opened.pour(owner === undefined ? sink : this.#inTurns(owner, sink)),
        close: () => {
          opened.close()
          if (isHeld) release()
          isHeld = false
        }
      }
    } catch (error) {
      release()
      throw error
    }
  }

  workerRead (object: ObjectAddress, requester: Requester, head: ObjectHead, part: Part): Promise<WorkerRead> {
    return this.#origin.workerRead(object, requester, head, part)
  }

  headBucket (bucket: string, requester: Requester, signal: AbortSignal): Promise<void> {
    return this.#call(requester, signal, () => this.#origin.headBucket(bucket, requester, signal))
  }

  ownerMatches (allowed: BucketOrObject, requester: Requester, signal: AbortSignal): Promise<boolean> {
    return this.#call(requester, signal, () => this.#origin.ownerMatches(allowed, requester, signal))
  }

  list (bucket: string, prefix: string, requester: Requester, signal: AbortSignal): AsyncGenerator<ListedObject> {
    return this.#listed(this.#origin.list(bucket, prefix, requester, signal), requester, signal)
  }

  listFolder (request: FolderRequest, requester: Requester, signal: AbortSignal): AsyncGenerator<FolderEntry> {
    return this.#listed(this.#origin.listFolder(request, requester, signal), requester, signal)
  }

  close (): Promise<void> {
    return this.#origin.close()
  }

  #inTurns (owner: string, sink: ByteSink): ByteSink {
    return {
      room: () => sink.room(),
      take: (bytes) => this.#turns.take(owner, bytes.length)?.then(() => sink.take(bytes)) ?? sink.take(bytes)
    }
  }

  /** Holds a slot only while the next one is waited for. */
  async * #listed<T> (listed: AsyncGenerator<T>, requester: Requester, signal: AbortSignal): AsyncGenerator<T> {
    try {
      for (;;) {
        const next = await this.#call(requester, signal, () => listed.next())
        if (next.done === true) return
        yield next.value
      }
    } finally {
      await listed.return(undefined)
    }
  }

  async #call<T> ({ client }: Requester, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const release = await take(this.#calls, client, signal)
    try {
      return await ask()
    } finally {
      release()
    }
  }
}

const ownerOf = ({ accessKeyId, network }: Client): string => `${accessKeyId} ${network}`

async function take (shares: FairShares, client: Client | undefined, signal: AbortSignal): Promise<() => void> {
  if (client === undefined) return () => {}
  const sharer = { group: client.accessKeyId, member: client.network }
  const release = shares.tryTake(sharer)
  if (release !== undefined) return release
  return withDeadline(waitMs, BUSY, signal, ({ signal }) => shares.take(sharer, signal))
}

const BUSY = new OriginRefusal('SlowDown', {
  cause: new Error('others have all the connections to the origin that this access key and address may have')
})
