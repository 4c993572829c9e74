import { asking } from '../access/origin-errors.js'
import { retryOnceIfChanged } from '../access/pinned-read.js'
import type { PublicAccess } from '../access/public-access.js'
import { headTorrentable } from '../access/torrentable-object.js'
import type { TorrentLimits } from '../access/torrentable-object.js'
import { hashObject } from '../hashing/hash-object.js'
import type { HashObjectParts } from '../hashing/hash-object.js'
import { answerTorrent } from '../hashing/torrent-answer.js'
import type { TorrentAnswer, TorrentQuestion } from '../hashing/torrent-answer.js'
import type { Requester } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { identityOf } from '../torrent/identity.js'
import type { IdentityOptions } from '../torrent/identity.js'
import type { IssuedTorrent } from '../torrent/issued-torrent.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import { sourcesOf } from '../torrent/torrent-sources.js'
import type { SourceOptions } from '../torrent/torrent-sources.js'
import { torrentOf } from '../torrent/torrent.js'

export interface TorrentOptions extends TorrentLimits, IdentityOptions, SourceOptions {}

export interface IssuingParts extends HashObjectParts {
  readonly options: TorrentOptions
  /**
   * Told of a public torrent before the requester has its last bytes; its digests are kept, where they can be. Does not
   * throw. `publicAsOf`: when the origin was asked whether everybody may read the object, performance.now().
   */
  readonly issued?: (torrent: IssuedTorrent, publicAsOf: number) => Promise<void>
}

export interface GetObjectTorrentParts extends IssuingParts {
  readonly access: PublicAccess
}

export interface GetObjectTorrentRequest extends TorrentQuestion {
  readonly object: ObjectAddress
  readonly requester: Requester
  readonly metaVersion: MetaVersion
}

/**
 * GetObjectTorrent: the torrent of one object, from the store, or hashed while it is answered.
 * @throws S3Error; after the first byte of `body` only the stream's own errors, and then `body` is short
 */
export function getObjectTorrent (
  parts: GetObjectTorrentParts, request: GetObjectTorrentRequest, signal: AbortSignal
): Promise<TorrentAnswer> {
  return retryOnceIfChanged(() => attempt(parts, request, signal))
}

async function attempt (
  parts: GetObjectTorrentParts, request: GetObjectTorrentRequest, signal: AbortSignal
): Promise<TorrentAnswer> {
  const { origin, access, options, issued } = parts
  const { object, requester, metaVersion } = request
  const verdictOn = access.askIfPublic(object, requester, signal)
  const head = await headTorrentable(origin, options, object, requester, signal)
  const { isPublic, asOf } = await asking(object, () => verdictOn(head))
  const identity = identityOf(origin.name, { ...options, metaVersion }, object, head)
  const { lastModified, requestCharged } = head
  return answerTorrent({
    torrent: torrentOf(identity, { ...sourcesOf(options, identity, isPublic), lastModified }),
    lastModified,
    requestCharged,
    hash: () => hashObject(parts, { object, requester, head, identity }, {}, signal),
    issue: async () => { if (isPublic) await issued?.({ identity, object }, asOf) }
  }, request)
}
