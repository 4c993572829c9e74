import { createHash } from 'node:crypto'
import type { ObjectAddress } from '../s3/object-address.js'
import type { Requester } from '../objects/origin.js'
import { S3Error } from '../s3/errors.js'
import { evaluate } from '../s3/preconditions.js'
import type { Preconditions } from '../s3/preconditions.js'
import { infoHash } from '../torrent/metainfo.js'
import { describeTorrent } from './described-torrent.js'
import type { DescribedTorrent, TorrentParts } from './described-torrent.js'
import { pieceDigests } from '../hashing/piece-digests.js'
import { restartingOnce } from '../access/pinned-read.js'
import { asMagnet, asMetainfo } from '../torrent/torrent-forms.js'

export interface GetObjectTorrentRequest {
  readonly object: ObjectAddress
  readonly requester: Requester
  readonly preconditions: Preconditions
  readonly headOnly: boolean
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
  /** While the object is being hashed, what is known at once, the rest as it comes. Undefined for HEAD and 304. */
  readonly body: Buffer | AsyncGenerator<Buffer> | undefined
}

/**
 * GetObjectTorrent: the torrent of one object, from the store, or hashed while it is answered.
 * @throws S3Error; after the first byte of `body` only the stream's own errors, and then `body` is short
 */
export function getObjectTorrent (
  parts: TorrentParts, request: GetObjectTorrentRequest, signal: AbortSignal
): Promise<GetObjectTorrentReply> {
  return restartingOnce(() => attempt(parts, request, signal))
}

async function attempt (
  parts: TorrentParts,
  { object, requester, preconditions, headOnly, form }: GetObjectTorrentRequest,
  signal: AbortSignal
): Promise<GetObjectTorrentReply> {
  const torrent = await describeTorrent(parts, object, requester, signal)
  const { head, identity, file } = torrent
  const written = form === 'magnet' ? asMagnet(torrent) : asMetainfo(torrent)
  const etag = etagOf(torrent, written.known)
  const reply = {
    form,
    contentLength: written.length,
    etag,
    lastModified: head.lastModified,
    fileName: `${torrent.name}.torrent`,
    requestCharged: head.requestCharged
  }
  const verdict = evaluate(preconditions, { etag, lastModified: head.lastModified })
  if (verdict === 'failed') throw new S3Error('PreconditionFailed')
  const issue = async (): Promise<void> => {
    if (torrent.exactSource !== undefined) {
      await parts.issued?.({ identity, object })
    }
  }
  if (verdict === 'not modified') {
    await issue() // whoever asks has it
    return { ...reply, status: 304, body: undefined }
  }
  if (headOnly) return { ...reply, status: 200, body: undefined }
  const digests = await pieceDigests(
    parts, { object, requester, head, identity, infoHash: (digests) => infoHash(file, digests) }, signal
  )
  if (!Buffer.isBuffer(digests)) return { ...reply, status: 200, body: written.stream(endingWith(digests, issue)) }
  await issue()
  return { ...reply, status: 200, body: written.whole(digests) }
}

// Behind the digests there is more of a torrent in either form: nobody has all of it before the last thing is done.
async function * endingWith (digests: AsyncGenerator<Buffer>, last: () => Promise<void>): AsyncGenerator<Buffer> {
  yield * digests
  await last()
}

// The same identity, fields and format give the same bytes, so this may be a strong ETag before a piece is hashed.
function etagOf (
  { identity: { bucket, key, versionId, etag, size } }: DescribedTorrent, known: readonly Buffer[]
): string {
  const hash = createHash('sha256')
  for (const part of known) hash.update(part)
  return `"${hash.update(JSON.stringify([bucket, key, versionId, etag, size])).digest('hex').slice(0, 32)}"`
}
