import { retryOnceIfChanged } from '../access/pinned-read.js'
import { headTorrentable } from '../access/torrentable-object.js'
import type { TorrentLimits } from '../access/torrentable-object.js'
import { hashObject } from '../hashing/hash-object.js'
import type { DigestSource, HashObjectParts, HashOptions } from '../hashing/hash-object.js'
import type { Requester } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { identityOf } from '../torrent/identity.js'
import type { IdentityOptions } from '../torrent/identity.js'

export interface WarmParts extends HashObjectParts {
  readonly options: TorrentLimits & IdentityOptions
}

/**
 * Hashes an object into the store, as the first request for its torrent would. Resolves when its digests are kept.
 * @returns where they came from
 * @throws NoTorrent where there can be none, S3Error
 */
export function warmObject (
  parts: WarmParts, object: ObjectAddress, requester: Requester, options: HashOptions, signal: AbortSignal
): Promise<DigestSource> {
  return retryOnceIfChanged(async () => {
    const head = await headTorrentable(parts.origin, parts.options, object, requester, signal)
    const identity = identityOf(parts.origin.name, parts.options, object, head)
    const hashed = await hashObject(parts, { object, requester, head, identity }, options, signal)
    await hashed.whole()
    return hashed.source
  })
}
