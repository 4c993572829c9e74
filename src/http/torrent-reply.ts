import type { FastifyReply } from 'fastify'
import type { TorrentAnswer } from '../hashing/torrent-answer.js'
import { replyBody } from './body-reply.js'
import { attachment } from './content-disposition.js'
import { hasV2 } from '../torrent/meta-version.js'
import { IDLE_MS, RESERVE_BYTES, trickle } from './trickle.js'

// A magnet link has 20 bytes before its info hash, which have to last.
const MAGNET_IDLE_MS = 20_000
// A quarter of an hour: of version 2 all digests of a file come at once.
const V2_RESERVE_BYTES = 300

/**
 * Answers a torrent. Its length is known before its hashes: a body that breaks off is short, never a valid-looking
 * file.
 */
export async function replyTorrent (
  reply: FastifyReply,
  { status, form, metaVersion, contentLength, etag, lastModified, fileName, requestCharged, body }: TorrentAnswer
): Promise<FastifyReply> {
  reply.status(status).headers({ etag, ...(lastModified && { 'last-modified': lastModified.toUTCString() }) })
  if (requestCharged) reply.header('x-amz-request-charged', 'requester')
  if (status === 304) return reply.send()
  reply.header('content-length', contentLength)
  if (form === 'magnet') reply.header('content-type', 'text/plain; charset=utf-8')
  else reply.headers({ 'content-type': 'application/x-bittorrent', 'content-disposition': attachment(fileName) })
  if (body === undefined) return reply.send()
  if (Buffer.isBuffer(body)) return reply.send(body)
  const reserveBytes = hasV2(metaVersion) ? V2_RESERVE_BYTES : RESERVE_BYTES
  const bytes = trickle(body, form === 'magnet' ? MAGNET_IDLE_MS : IDLE_MS, reserveBytes)
  return replyBody(reply, {
    pour: async (sink) => { for await (const slice of bytes) await sink.take(slice) },
    close: () => {}
  })
}
