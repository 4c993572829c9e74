import { slowDown } from '../access/origin-errors.js'
import { pinned } from '../access/pinned-read.js'
import { HASHING_LIMITS } from '../objects/limits.js'
import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { DigestStore, KeptDigests } from '../store/digest-store.js'
import { idOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'
import { infoFieldsOf, infoHashesOf, swarmNamesOf } from '../torrent/torrent.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import { within } from '../util/timeout.js'
import type { HashableObject } from './hashable-object.js'
import type { Hasher } from './hasher.js'
import { QueueFull } from './job-queue.js'
import { readsOf } from './object-reads.js'
import type { SharedJob } from './shared-job.js'

export interface HashObjectParts {
  readonly origin: Objects
  readonly hasher: Hasher
  /** Undefined: nothing is known of any object, and nothing is kept. */
  readonly store?: DigestStore
  /** Told where the digests of each object come from. */
  readonly counted?: (source: DigestSource) => void
}

/** Where digests come from: all were kept, a running job has them, a job was begun for them. */
export type DigestSource = 'stored' | 'joined' | 'hashed'

/** How many objects' digests came from where, since the process began. */
export type DigestCounts = Record<DigestSource, number>

export interface HashTarget {
  readonly object: ObjectAddress
  readonly requester: Requester
  /** What the requester was just told of the object. */
  readonly head: ObjectHead
  /** What the digests are kept under; its size may be less than the object's, whose rest is then not read. */
  readonly identity: Identity
}

export interface HashOptions {
  /**
   * Told how far hashing is, at once and then as it goes on: bytes of the object whose digests are there, and those
   * of them whose digests were kept before.
   */
  readonly onProgress?: ((hashed: number, known: number) => void) | undefined
}

/** An object whose digests are there, or are coming. */
export interface HashedObject {
  readonly source: DigestSource
  /** All digests, where they were kept. */
  readonly stored: PieceDigests | undefined
  /** All digests in order, while they come. @throws the signal's reason; what hashing failed with */
  digests (): AsyncGenerator<PieceDigests>
  /** All digests, when they are there and kept. @throws as `digests` */
  whole (): Promise<PieceDigests>
}

const NOTHING: KeptDigests = { is: 'runs', runs: [] }

/**
 * The only way to the digests of an object's pieces: from the store where it has them all, else from the job that
 * hashes the object, whoever that was begun for. Resolves when the first byte has come.
 * @param signal ends the requester's part in it
 * @throws S3Error, and what makes retryOnceIfChanged restart when the object has changed
 */
export async function hashObject (
  parts: HashObjectParts, target: HashTarget, { onProgress }: HashOptions, signal: AbortSignal
): Promise<HashedObject> {
  const { hasher, store, counted } = parts
  const { identity, object } = target
  const id = idOf(identity)
  // The question is asked once, and its answer followed by `join` at once: no job can come and go between the two.
  const kept = hasher.has(id) || store === undefined
    ? NOTHING
    : await hasher.known.get(store, identity)
  if (kept.is === 'whole') {
    counted?.('stored')
    onProgress?.(identity.size, identity.size)
    return storedObject(kept.digests)
  }
  const source = hasher.has(id) ? 'joined' : 'hashed'
  counted?.(source)
  const job = hasher.join(id, () => hashable(parts, target, kept.runs), signal, onProgress)
  try {
    await pinned(object, () => within(job.begun, HASHING_LIMITS.beginMs, undefined, signal))
  } catch (error) {
    throw error instanceof QueueFull ? slowDown(error) : error
  }
  return comingObject(source, job, identity.metaVersion, signal)
}

function storedObject (stored: PieceDigests): HashedObject {
  return {
    source: 'stored',
    stored,
    async * digests () { yield stored },
    whole: async () => stored
  }
}

function comingObject (
  source: DigestSource, job: SharedJob, metaVersion: MetaVersion, signal: AbortSignal
): HashedObject {
  return {
    source,
    stored: undefined,
    digests: () => job.digests(signal),
    async whole () {
      const runs: PieceDigests[] = []
      for await (const run of job.digests(signal)) runs.push(run)
      return PieceDigests.join(runs, metaVersion)
    }
  }
}

function hashable (
  { origin, store }: HashObjectParts, { object, requester, head, identity }: HashTarget, known: HashableObject['known']
): HashableObject {
  const reader = { ...requester, client: undefined } // its reads have slots of their own
  return {
    address: object,
    size: identity.size,
    pieceLength: identity.pieceLength,
    metaVersion: identity.metaVersion,
    sharer: { group: requester.client?.accessKeyId ?? '', member: requester.client?.network ?? '' },
    known,
    ...readsOf(origin, object, reader, head, identity.size),
    onDigests: (run) => { store?.put(identity, run).catch(() => {}) }, // the log has said what went wrong
    onComplete: async (digests) => {
      const infoHashes = infoHashesOf(infoFieldsOf(identity), digests)
      await store?.finish(identity, digests, swarmNamesOf(infoHashes))
    }
  }
}
