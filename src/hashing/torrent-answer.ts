import { createHash } from 'node:crypto'
import { asEndOfRead } from '../access/pinned-read.js'
import { S3Error } from '../s3/errors.js'
import { evaluate } from '../s3/preconditions.js'
import type { Preconditions } from '../s3/preconditions.js'
import { torrentFileName } from '../torrent/file-name.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import type { PieceDigests } from '../torrent/piece-digests.js'
import { asMagnet, asMetainfo } from '../torrent/torrent-forms.js'
import type { Torrent } from '../torrent/torrent.js'
import type { HashedObject } from './hash-object.js'

/** How a torrent is asked for. */
export interface TorrentQuestion {
  readonly preconditions: Preconditions
  readonly headOnly: boolean
  /** `magnet`: as a magnet link instead of a metainfo file. */
  readonly form: 'metainfo' | 'magnet'
}

/** A torrent as it is answered. */
export interface TorrentAnswer {
  readonly status: 200 | 304
  readonly form: TorrentQuestion['form']
  readonly metaVersion: MetaVersion
  readonly contentLength: number
  readonly etag: string
  readonly lastModified: Date | undefined
  readonly fileName: string
  readonly requestCharged: boolean
  /** Whole, or in slices: what is known at once, the rest as it comes. Undefined for HEAD and 304. */
  readonly body: Buffer | AsyncGenerator<Buffer> | undefined
}

export interface AnswerableTorrent {
  readonly torrent: Torrent
  readonly lastModified: Date | undefined
  readonly requestCharged: boolean
  /** Begins to hash it, or finds its digests. */
  readonly hash: () => Promise<HashedObject>
  /** Told before the requester has its last bytes. */
  readonly issue: () => Promise<void>
}

/** What is longer is not copied for each requester, who may take its time. */
const MAX_WHOLE_BYTES = 64 * 1024

/**
 * The answer that a torrent is: all that precedes its digests is known, and so is its length.
 * @throws S3Error, what `hash` throws; after the first byte of `body` only the stream's own errors: then it is short
 */
export async function answerTorrent (
  { torrent, lastModified, requestCharged, hash, issue }: AnswerableTorrent,
  { preconditions, headOnly, form }: TorrentQuestion
): Promise<TorrentAnswer> {
  const written = form === 'magnet' ? asMagnet(torrent) : asMetainfo(torrent)
  const etag = etagOf(torrent, written.known)
  const fileName = torrentFileName(torrent.name)
  const { metaVersion } = torrent
  const answer = { form, metaVersion, contentLength: written.length, etag, lastModified, fileName, requestCharged }
  const verdict = evaluate(preconditions, { etag, lastModified })
  if (verdict === 'failed') throw new S3Error('PreconditionFailed')
  if (verdict === 'not modified') {
    await issue() // the requester has it
    return { ...answer, status: 304, body: undefined }
  }
  if (headOnly) return { ...answer, status: 200, body: undefined }
  const hashed = await hash()
  if (hashed.stored === undefined) {
    return { ...answer, status: 200, body: written.stream(endingWith(hashed.digests(), issue)) }
  }
  await issue()
  const isLarge = written.length > MAX_WHOLE_BYTES
  return { ...answer, status: 200, body: isLarge ? written.stream(hashed.digests()) : written.whole(hashed.stored) }
}

// Behind the digests there is more of a torrent in either form: nobody has all of it before the last thing is done.
async function * endingWith (
  digests: AsyncGenerator<PieceDigests>, last: () => Promise<void>
): AsyncGenerator<PieceDigests> {
  try {
    yield * digests
  } catch (error) {
    throw asEndOfRead(error) // nothing may have been sent yet
  }
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
