import { createHash } from 'node:crypto'
import type { ObjectAddress, ObjectHead, Requester } from '../origin/origin.js'
import { S3Error } from '../s3/errors.js'
import { evaluate } from '../s3/preconditions.js'
import type { Preconditions } from '../s3/preconditions.js'
import type { Identity } from '../store/metainfo-store.js'
import { fileNameOf } from '../torrent/file-name.js'
import { infoHash, metainfo } from '../torrent/metainfo.js'
import type { Metainfo } from '../torrent/metainfo.js'
import { autoPieceLength } from '../torrent/piece-length.js'
import { webSeedUrl } from '../torrent/web-seed-url.js'
import { assertGettable } from './gettable-object.js'
import { asking } from './origin-errors.js'
import { pieceDigests } from './piece-digests.js'
import type { PieceDigestsParts } from './piece-digests.js'
import { pinned, restartingOnce } from './pinned-read.js'
import type { Published } from './published.js'
import { headReadable } from './readable-object.js'
import type { BucketOwners } from './readable-object.js'

export interface TorrentOptions extends BucketOwners {
  readonly announce: ReadonlyArray<readonly string[]>
  readonly pieceLength: number | 'auto'
  /** Objects of this size or more are refused; 0: none. */
  readonly maxObjectSize: number
  /** Whether info holds x-amz-bucket and x-amz-key. */
  readonly xAmzInfo: boolean
  /** Base of the URLs written into torrents. */
  readonly publicUrl: () => string
}

export interface GetObjectTorrentParts extends PieceDigestsParts {
  readonly published: Published
  readonly options: TorrentOptions
}

export interface GetObjectTorrentRequest {
  readonly object: ObjectAddress
  readonly requester: Requester
  /** Who signed the request; '' for nobody. */
  readonly accessKeyId: string
  readonly preconditions: Preconditions
  readonly headOnly: boolean
}

export interface GetObjectTorrentReply {
  readonly status: 200 | 304
  readonly contentLength: number
  readonly etag: string
  readonly lastModified: Date
  readonly fileName: string
  readonly requestCharged: boolean
  /** The metainfo file; while it is being hashed, its head at once, digests as they come, the rest. Undefined for HEAD and 304. */
  readonly body: Buffer | AsyncGenerator<Buffer> | undefined
}

/**
 * GetObjectTorrent: the metainfo of one object, from the store, or hashed while it is answered.
 * @throws S3Error; after the first byte of `body` only the stream's own errors, and then `body` is short
 */
export function getObjectTorrent (parts: GetObjectTorrentParts, request: GetObjectTorrentRequest, signal: AbortSignal): Promise<GetObjectTorrentReply> {
  return restartingOnce(() => attempt(parts, request, signal))
}

async function attempt (parts: GetObjectTorrentParts, { object, requester, accessKeyId, preconditions, headOnly }: GetObjectTorrentRequest, signal: AbortSignal): Promise<GetObjectTorrentReply> {
  const { origin, options } = parts
  const head = await headReadable(origin, options, object, requester, signal)
  assertSize(head.size, options.maxObjectSize)
  assertPinnable(head)
  await pinned(object, () => assertGettable(origin, object, requester, head, signal))
  const pieceLength = options.pieceLength === 'auto' ? autoPieceLength(head.size) : options.pieceLength
  const isPublic = await asking(object, () => parts.published.includes(origin, object, requester, head, signal))
  const file = describe(options, object, head, pieceLength, isPublic)
  const etag = etagOf(file, object, head)
  const reply = {
    contentLength: file.head.length + file.piecesLength + file.tail.length,
    etag,
    lastModified: head.lastModified,
    fileName: `${fileNameOf(object.key)}.torrent`,
    requestCharged: head.requestCharged
  }
  const verdict = evaluate(preconditions, { etag, lastModified: head.lastModified })
  if (verdict === 'failed') throw new S3Error('PreconditionFailed')
  if (verdict === 'not modified') return { ...reply, status: 304, body: undefined }
  if (headOnly) return { ...reply, status: 200, body: undefined }
  const identity: Identity = {
    origin: origin.name, ...object, etag: head.etag, size: head.size, pieceLength, format: options.xAmzInfo ? 'v1 x-amz' : 'v1'
  }
  const digests = await pieceDigests(parts, { object, requester, accessKeyId, head, identity, infoHash: (digests) => infoHash(file, digests) }, signal)
  return { ...reply, status: 200, body: Buffer.isBuffer(digests) ? Buffer.concat([file.head, digests, file.tail]) : write(file, digests) }
}

// libtorrent 2.0.8 and Transmission 3.00 load no torrent of zero bytes in any form; only aria2 does.
function assertSize (size: number, limit: number): void {
  if (size === 0) throw new S3Error('InvalidRequest', { message: 'Torrent creation is not supported for objects of zero bytes' })
  if (limit > 0 && size >= limit) throw new S3Error('InvalidRequest', { message: `Torrent creation is not supported for objects larger than ${limit}` })
}

// RFC 9110 §8.8.1: different bytes may have the same weak ETag, and If-Match never matches one.
function assertPinnable ({ etag }: ObjectHead): void {
  if (etag.startsWith('W/')) throw new S3Error('InvalidRequest', { message: 'Torrent creation needs an object with a strong ETag' })
}

function describe (options: TorrentOptions, { bucket, key, versionId }: ObjectAddress, head: ObjectHead, pieceLength: number, isPublic: boolean): Metainfo {
  const pin = { etag: head.etag, ...(versionId !== undefined && { versionId }) }
  const seed = isPublic ? webSeedUrl(options.publicUrl(), pin, bucket, key) : undefined
  return metainfo({
    announce: options.announce,
    creationDate: head.lastModified,
    length: head.size,
    name: fileNameOf(key),
    pieceLength,
    urlList: seed === undefined ? [] : [seed],
    ...(options.xAmzInfo && { origin: { bucket, key } })
  })
}

// The same identity, fields and format give the same bytes, so this may be a strong ETag before a piece is hashed.
function etagOf (file: Metainfo, { bucket, key, versionId }: ObjectAddress, head: ObjectHead): string {
  const identity = JSON.stringify([bucket, key, versionId, head.etag, head.size])
  return `"${createHash('sha256').update(file.head).update(file.tail).update(identity).digest('hex').slice(0, 32)}"`
}

async function * write (file: Metainfo, digests: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield file.head
  yield * digests
  yield file.tail
}
