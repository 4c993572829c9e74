import { idOf } from '../torrent/identity.js'
import type { LaidManifest } from '../torrent/manifest.js'
import { within } from '../util/timeout.js'
import { comingObject, keptOf, storedObject } from './hash-object.js'
import type { HashObjectParts, HashedObject } from './hash-object.js'
import { PrefixJob } from './prefix-job.js'
import type { PrefixTarget } from './prefix-job.js'
import type { JobStart, ObjectsProgress } from './job.js'
import type { SharedJob } from './shared-job.js'

export interface HashPrefixOptions {
  /** Told how far hashing is, as it goes on. */
  readonly onProgress?: ((objects: ObjectsProgress) => void) | undefined
}

/** How long an answer waits for the first digest, or for the word that there will be none. */
const REFUSED_MS = 100

/**
 * The only way to the digests of a prefix: from the store where it has them all, else from the job that hashes what is
 * not known of its objects. Does not wait for the first of them.
 * @throws as hashObject, of what fails at once
 */
export async function hashPrefix (
  parts: HashObjectParts, target: PrefixTarget, { onProgress }: HashPrefixOptions, signal: AbortSignal
): Promise<HashedObject> {
  const { hasher, counted } = parts
  const { manifest, manifest: { identity } } = target
  const id = idOf(identity)
  const kept = await keptOf(parts, identity)
  if (kept.is === 'whole') {
    counted?.('stored')
    onProgress?.(allKnown(manifest))
    return storedObject(kept.digests)
  }
  const source = hasher.has(id) ? 'joined' : 'hashed'
  counted?.(source)
  const joined: { job?: SharedJob } = {} // it tells its progress before it is there
  const job = joined.job = hasher.join(id, () => jobStart(parts, target), signal, () => {
    const { objects } = joined.job ?? {}
    if (objects !== undefined) onProgress?.(objects)
  })
  await within(job.begun, REFUSED_MS, undefined, signal)
  return comingObject(source, job, identity.metaVersion, signal)
}

function jobStart (parts: HashObjectParts, target: PrefixTarget): JobStart {
  const { manifest: { bucket, prefix, identity: { size }, pieceLength } } = target
  let job: PrefixJob | undefined
  return {
    address: { bucket, key: prefix },
    size,
    pieceLength,
    objects: () => job?.objects ?? { count: 0, hashed: 0, bytesHashed: 0, bytesKnown: 0 },
    start: (signal, onProgress) => {
      job = new PrefixJob(parts, target, signal, onProgress)
      return job
    }
  }
}

function allKnown ({ files }: LaidManifest): ObjectsProgress {
  const { length: count } = files.filter(({ size }) => size > 0)
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  return { count, hashed: count, bytesHashed: bytes, bytesKnown: bytes }
}
