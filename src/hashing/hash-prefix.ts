import { idOf } from '../torrent/identity.js'
import { within } from '../util/timeout.js'
import { comingObject, keptOf, storedObject } from './hash-object.js'
import type { HashObjectParts, HashOptions, HashedObject } from './hash-object.js'
import { PrefixJob } from './prefix-job.js'
import type { PrefixTarget } from './prefix-job.js'
import type { JobStart } from './job.js'

/** How long an answer waits for the first digest, or for the word that there will be none. */
const REFUSED_MS = 100

/**
 * The only way to the digests of a prefix: from the store where it has them all, else from the job that hashes what is
 * not known of its objects. Does not wait for the first of them.
 * @throws as hashObject, of what fails at once
 */
export async function hashPrefix (
  parts: HashObjectParts, target: PrefixTarget, { onProgress }: HashOptions, signal: AbortSignal
): Promise<HashedObject> {
  const { hasher, counted } = parts
  const { manifest: { identity } } = target
  const id = idOf(identity)
  const kept = await keptOf(parts, identity)
  if (kept.is === 'whole') {
    counted?.('stored')
    onProgress?.(identity.size, identity.size)
    return storedObject(kept.digests)
  }
  const source = hasher.has(id) ? 'joined' : 'hashed'
  counted?.(source)
  const job = hasher.join(id, () => jobStart(parts, target), signal, onProgress)
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
    objects: () => job?.objects ?? { count: 0, hashed: 0 },
    start: (signal, onProgress) => {
      job = new PrefixJob(parts, target, signal, onProgress)
      return job
    }
  }
}
