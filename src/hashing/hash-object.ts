import { slowDown } from '../access/origin-errors.js'
import { pinned } from '../access/pinned-read.js'
import { HASHING_LIMITS } from '../objects/limits.js'
import type { Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import type { DigestStore, KeptDigests } from '../store/digest-store.js'
import { idOf, paddingOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'
import type { InfoHash } from '../torrent/info-hash.js'
import { infoFieldsOf, infoHashesOf, swarmNamesOf } from '../torrent/torrent.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import { within } from '../util/timeout.js'
import type { HashableObject } from './hashable-object.js'
import type { Hasher } from './hasher.js'
import { QueueFull } from './job-queue.js'
import { readsOf } from './object-reads.js'
import { packReads } from './pack-reads.js'
import type { DescribedObject } from './pack-reads.js'
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

/** An object, and what the requester was just told of it. */
export interface HashTarget extends DescribedObject {
  readonly requester: Requester
  /** Objects behind it, which are hashed with it as one. */
  readonly behind?: readonly DescribedObject[]
  /** What the digests are kept under; its size may be less than the object's, whose rest is then not read. */
  readonly identity: Identity
}

export interface HashOptions {
  /**
   * Told how far hashing is, at once and then as it goes on: bytes of the object whose digests are there, and those
   * of them whose digests were kept before.
   */
  readonly onProgress?: ((hashed: number, known: number) => void) | undefined
  /** Whether it is hashed as a part of something else, which is what people see. */
  readonly isPart?: boolean
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
  parts: HashObjectParts, target: HashTarget, { onProgress, isPart = false }: HashOptions, signal: AbortSignal
): Promise<HashedObject> {
  const { hasher, counted } = parts
  const { identity, object } = target
  const id = idOf(identity)
  const kept = await keptOf(parts, identity, isPart)
  if (kept.is === 'whole') {
    counted?.('stored')
    onProgress?.(identity.size, identity.size)
    return storedObject(kept.digests)
  }
  const source = hasher.has(id) ? 'joined' : 'hashed'
  counted?.(source)
  const job = hasher.join(
    id, () => hasher.objectJob(hashable(parts, target, kept.runs), isPart), signal, onProgress
  )
  try {
    await pinned(object, () => within(job.begun, HASHING_LIMITS.beginMs, undefined, signal))
  } catch (error) {
    throw error instanceof QueueFull ? slowDown(error) : error
  }
  return comingObject(source, job, identity.metaVersion, signal)
}

/** What is kept; nothing where a job has it. What is asked is followed by `join` at once. */
export async function keptOf (
  { hasher, store }: HashObjectParts, identity: Identity, isPart = false
): Promise<KeptDigests> {
  if (hasher.has(idOf(identity)) || store === undefined) return NOTHING
  return isPart ? hasher.known.getPart(store, identity) : hasher.known.get(store, identity)
}

/** Digests that were kept. */
export function storedObject (stored: PieceDigests): HashedObject {
  return {
    source: 'stored',
    stored,
    async * digests () { yield stored },
    whole: async () => stored
  }
}

/** Digests that a job gives. */
export function comingObject (
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
  { origin, store }: HashObjectParts, target: HashTarget, known: HashableObject['known']
): HashableObject {
  const { object, requester, head, identity, behind = [] } = target
  const reader = { ...requester, client: undefined } // its reads have slots of their own
  return {
    address: object,
    size: identity.size,
    pieceLength: identity.pieceLength,
    metaVersion: identity.metaVersion,
    padding: paddingOf(identity),
    sharer: { group: requester.client?.accessKeyId ?? '', member: requester.client?.network ?? '' },
    known,
    ...behind.length === 0
      ? readsOf(origin, object, reader, head, identity.size)
      : packReads(origin, [{ object, head }, ...behind], reader),
    onDigests: (run) => { store?.put(identity, run).catch(() => {}) }, // the log has said what went wrong
    onComplete: async (digests) => {
      await store?.finish(identity, digests, isTorrent(identity) ? swarmNames(identity, digests) : [])
    }
  }
}

// A part of torrents has no name in the swarm.
const isTorrent = ({ subject, padded }: Identity): boolean => subject === undefined && padded === undefined

function swarmNames (identity: Identity, digests: PieceDigests): InfoHash[] {
  return swarmNamesOf(infoHashesOf(infoFieldsOf(identity), digests))
}
