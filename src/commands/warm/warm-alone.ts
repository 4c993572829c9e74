import type { Config } from '../../config/load.js'
import type { Hasher } from '../../hashing/hasher.js'
import type { ListedObject } from '../../objects/listing.js'
import type { Objects } from '../../objects/objects.js'
import type { Requester } from '../../objects/requester.js'
import type { DigestStore } from '../../store/digest-store.js'
import { identityOf } from '../../torrent/identity.js'
import { warmObject } from '../../warming/warm-object.js'
import type { WarmOutcome } from './warm-outcome.js'

export interface WarmAloneParts {
  readonly origin: Objects
  readonly requester: Requester
  readonly hasher: Hasher
  readonly store: DigestStore
  /** The server's: what hashes are kept under depends on it. */
  readonly config: Config
}

/**
 * Hashes one object into the store as the server would. What a listing tells is enough to know that it is there.
 * @throws S3Error and what reading throws
 */
export async function warmAlone (
  { origin, requester, hasher, store, config }: WarmAloneParts,
  bucket: string,
  listed: ListedObject,
  onProgress: (done: number, known: number) => void,
  signal: AbortSignal
): Promise<WarmOutcome> {
  const object = { bucket, key: listed.key }
  const listedIdentity = identityOf(origin.name, config, object, listed)
  if ((await store.get(listedIdentity)).is === 'whole') return { is: 'kept' }
  await warmObject({ origin, hasher, store, options: config }, object, requester, { onProgress }, signal)
  return { is: 'hashed' }
}
