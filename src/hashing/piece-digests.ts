import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectAddress } from '../s3/object-address.js'
import type { ObjectHead, Origin, Requester } from '../objects/origin.js'
import type { Hasher } from './hasher.js'
import { RangeIgnored } from './hashable-object.js'
import type { HashableObject } from './hashable-object.js'
import { QueueFull } from './job-queue.js'
import { digestBytesOf, idOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'
import type { MetainfoStore } from '../store/digest-store.js'
import { slowDown } from '../access/origin-errors.js'
import { pinned, readSame } from '../access/pinned-read.js'

export interface PieceDigestsParts {
  readonly origin: Origin
  readonly hasher: Hasher
  readonly store: MetainfoStore
  /** Told where the digests come from. */
  readonly counted?: (source: keyof DigestCounts) => void
}

/** Where digests came from since the process began: all were kept, a running job had them, a job was begun for them. */
export interface DigestCounts {
  stored: number
  joined: number
  hashed: number
}

export interface PieceDigestsRequest {
  readonly object: ObjectAddress
  readonly requester: Requester
  /** What the requester was just told of the object. */
  readonly head: ObjectHead
  readonly identity: Identity
  /** The info hash with these digests. */
  readonly infoHash: (digests: Buffer) => Buffer
}

/** How long an answer waits for its job to begin: until then an error is still S3's. Clients wait for 60 s. */
const BEGIN_MS = 45_000

/**
 * The digests of an object's pieces: all of them where the store has them, else while they come from the job that
 * hashes the object, whoever it was begun for.
 * @throws S3Error, and what makes restartingOnce restart when the object has changed
 */
export async function pieceDigests (
  parts: PieceDigestsParts, request: PieceDigestsRequest, signal: AbortSignal
): Promise<Buffer | AsyncGenerator<Buffer>> {
  const { identity, object } = request
  const id = idOf(identity)
  const running = parts.hasher.has(id)
  const known = running ? [] : parts.store.find(identity) // who joins needs no parts
  const [first] = known
  if (first?.firstPiece === 0 && first.digests.length === digestBytesOf(identity)) {
    parts.counted?.('stored')
    return first.digests
  }
  parts.counted?.(running ? 'joined' : 'hashed')
  const job = parts.hasher.join(id, () => hashable(parts, request, known), signal)
  try {
    await pinned(object, () => atMost(BEGIN_MS, job.begun, signal))
  } catch (error) {
    throw error instanceof QueueFull ? slowDown(error) : error
  }
  return job.digests(signal)
}

/** How an object that `head` describes is read and hashed up to `size`. */
export function readsOf (
  origin: Origin, object: ObjectAddress, requester: Requester, head: ObjectHead, size: number
): Pick<HashableObject,
  | 'direct'
  | 'read'> {
  return {
    direct: (first, last) => origin.directRead(object, requester, head, { first, last }),
    read: async (first, last, signal) => {
      const { part, body } = await readSame(origin, object, requester, head, { first, last }, signal)
      if (part !== 'whole') return body
      if (last === size - 1) return between(body, first, last)
      body.destroy()
      throw new RangeIgnored('the origin answered a part with the whole object')
    }
  }
}

function hashable (
  { origin, store }: PieceDigestsParts,
  { object, requester, head, identity, infoHash }: PieceDigestsRequest,
  known: HashableObject['known']
): HashableObject {
  const reader = { ...requester, client: undefined } // its reads have slots of their own
  return {
    address: object,
    size: identity.size,
    pieceLength: identity.pieceLength,
    sharer: { group: requester.client?.accessKeyId ?? '', member: requester.client?.network ?? '' },
    known,
    ...readsOf(origin, object, reader, head, identity.size),
    onDigests: (part) => store.keep(identity, part),
    onComplete: (digests) => store.finish(identity, digests, infoHash(digests))
  }
}

async function atMost (ms: number, promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  try {
    await Promise.race([promise, sleep(ms, undefined, { signal: AbortSignal.any([signal, over.signal]) })])
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    over.abort()
  }
}

// Read to its end, which shows whether all of it came, unless only more bytes than are wanted can come.
async function * between (body: AsyncIterable<Buffer>, first: number, last: number): AsyncGenerator<Buffer> {
  let position = 0
  for await (const bytes of body) {
    const wanted = bytes.subarray(Math.max(0, first - position), Math.max(0, last + 1 - position))
    position += bytes.length
    if (wanted.length > 0) yield wanted
    if (position > last + 1) return
  }
}
