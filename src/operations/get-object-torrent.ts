import { createHash } from 'node:crypto'
import { asking } from '../access/origin-errors.js'
import { retryOnceIfChanged } from '../access/pinned-read.js'
import type { PublicAccess } from '../access/public-access.js'
import { headTorrentable } from '../access/torrentable-object.js'
import type { TorrentLimits } from '../access/torrentable-object.js'
import { hashObject } from '../hashing/hash-object.js'
import type { HashObjectParts } from '../hashing/hash-object.js'
import type { Requester } from '../objects/requester.js'
import { S3Error } from '../s3/errors.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { evaluate } from '../s3/preconditions.js'
import type { Preconditions } from '../s3/preconditions.js'
import { torrentFileName } from '../torrent/file-name.js'
import { identityOf } from '../torrent/identity.js'
import type { IdentityOptions } from '../torrent/identity.js'
import type { IssuedTorrent } from '../torrent/issued-torrent.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import type { PieceDigests } from '../torrent/piece-digests.js'
import { asMagnet, asMetainfo } from '../torrent/torrent-forms.js'
import { sourcesOf } from '../torrent/torrent-sources.js'
import type { SourceOptions } from '../torrent/torrent-sources.js'
import { torrentOf } from '../torrent/torrent.js'
import type { Torrent } from '../torrent/torrent.js'

export interface TorrentOptions extends TorrentLimits, IdentityOptions, SourceOptions {}

export interface GetObjectTorrentParts extends HashObjectParts {
  readonly access: PublicAccess
  readonly options: TorrentOptions
  /**
   * Told of a public torrent before the requester has its last bytes; its digests are kept, where they can be. Does not
   * throw. `publicAsOf`: when the origin was asked whether everybody may read the object, performance.now().
   */
  readonly issued?: (torrent: IssuedTorrent, publicAsOf: number) => Promise<void>
}

export interface GetObjectTorrentRequest {
  readonly object: ObjectAddress
  readonly requester: Requester
  readonly preconditions: Preconditions
  readonly headOnly: boolean
  readonly metaVersion: MetaVersion
  /** `magnet`: as a magnet link instead of a metainfo file. */
  readonly form: 'metainfo' | 'magnet'
}

export interface GetObjectTorrentReply {
  readonly status: 200 | 304
  readonly form: GetObjectTorrentRequest['form']
  readonly contentLength: number
  readonly etag: string
  readonly lastModified: Date | undefined
  readonly fileName: string
  readonly requestCharged: boolean
  /** Whole, or in slices: what is known at once, the rest as it comes. Undefined for HEAD and 304. */
  readonly body: Buffer | AsyncGenerator<Buffer> | undefined
}

/** What is longer is not copied for each requester, who may take its time. */
const MAX_WHOLE_BYTES = 64 * 1024

/**
 * GetObjectTorrent: the torrent of one object, from the store, or hashed while it is answered.
 * @throws S3Error; after the first byte of `body` only the stream's own errors, and then `body` is short
 */
export function getObjectTorrent (
  parts: GetObjectTorrentParts, request: GetObjectTorrentRequest, signal: AbortSignal
): Promise<GetObjectTorrentReply> {
  return retryOnceIfChanged(() => attempt(parts, request, signal))
}

async function attempt (
  parts: GetObjectTorrentParts,
  { object, requester, preconditions, headOnly, metaVersion, form }: GetObjectTorrentRequest,
  signal: AbortSignal
): Promise<GetObjectTorrentReply> {
  const { origin, access, options, issued } = parts
  const verdictOn = access.askIfPublic(object, requester, signal)
  const head = await headTorrentable(origin, options, object, requester, signal)
  const { isPublic, asOf } = await asking(object, () => verdictOn(head))
  const identity = identityOf(origin.name, { ...options, metaVersion }, object, head)
  const { lastModified } = head
  const torrent = torrentOf(identity, { ...sourcesOf(options, identity, isPublic), lastModified })
  const written = form === 'magnet' ? asMagnet(torrent) : asMetainfo(torrent)
  const etag = etagOf(torrent, written.known)
  const reply = {
    form,
    contentLength: written.length,
    etag,
    lastModified,
    fileName: torrentFileName(torrent.name),
    requestCharged: head.requestCharged
  }
  const verdict = evaluate(preconditions, { etag, lastModified })
  if (verdict === 'failed') throw new S3Error('PreconditionFailed')
  const issue = async (): Promise<void> => { if (isPublic) await issued?.({ identity, object }, asOf) }
  if (verdict === 'not modified') {
    await issue() // the requester has it
    return { ...reply, status: 304, body: undefined }
  }
  if (headOnly) return { ...reply, status: 200, body: undefined }
  const hashed = await hashObject(parts, { object, requester, head, identity }, {}, signal)
  if (hashed.stored === undefined) {
    return { ...reply, status: 200, body: written.stream(endingWith(hashed.digests(), issue)) }
  }
  await issue()
  const isLarge = written.length > MAX_WHOLE_BYTES
  return { ...reply, status: 200, body: isLarge ? written.stream(hashed.digests()) : written.whole(hashed.stored) }
}

// Behind the digests there is more of a torrent in either form: nobody has all of it before the last thing is done.
async function * endingWith (
  digests: AsyncGenerator<PieceDigests>, last: () => Promise<void>
): AsyncGenerator<PieceDigests> {
  yield * digests
  await last()
}

// The same identity, fields and format give the same bytes, so this may be a strong ETag before a piece is hashed.
function etagOf (
  { identity: { bucket, key, versionId, etag, size } }: Torrent, known: readonly Buffer[]
): string {
  const hash = createHash('sha256')
  for (const part of known) hash.update(part)
  return `"${hash.update(JSON.stringify([bucket, key, versionId, etag, size])).digest('hex').slice(0, 32)}"`
}
