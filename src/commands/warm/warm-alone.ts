import type { Config } from '../../config/config.js'
import { headTorrentable, identityOf, torrentOf } from '../../operations/described-torrent.js'
import { pieceDigests } from '../../hashing/piece-digests.js'
import { restartingOnce } from '../../access/pinned-read.js'
import type { ListedObject } from '../../objects/listing.js'
import type { Origin, Requester } from '../../objects/origin.js'
import type { Hasher } from '../../hashing/hasher.js'
import { digestBytesOf } from '../../torrent/identity.js'
import type { MetainfoStore } from '../../store/digest-store.js'
import { infoHash } from '../../torrent/metainfo.js'
import type { WarmOutcome } from './warm-outcome.js'
import { WatchedStore } from '../watched-store.js'

export interface WarmAloneParts {
  readonly origin: Origin
  readonly requester: Requester
  readonly hasher: Hasher
  readonly store: MetainfoStore
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
  const expected = identityOf(origin, config, object, listed)
  const [first] = store.find(expected)
  if (first?.firstPiece === 0 && first.digests.length === digestBytesOf(expected)) return { is: 'kept' }
  const watched = new WatchedStore(store, ({ done, known }) => onProgress(done, known))
  await restartingOnce(async () => {
    const head = await headTorrentable(origin, config, object, requester, signal)
    const { identity, file } = torrentOf(origin, config, object, head, {
      trackers: [], webSeeds: [], exactSource: undefined
    })
    const digests = await pieceDigests(
      { origin, hasher, store: watched },
      { object, requester, head, identity, infoHash: (digests) => infoHash(file, digests) },
      signal
    )
    if (!Buffer.isBuffer(digests)) await drained(digests)
  })
  return { is: 'hashed' }
}

async function drained (digests: AsyncGenerator<Buffer>): Promise<void> {
  while ((await digests.next()).done !== true);
}
