import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { GetObjectTorrentReply } from '../operations/get-object-torrent.js'
import { attachment } from './content-disposition.js'
import { trickle } from './trickle.js'

/** Answers a torrent. Its length is known before its hashes: a body that breaks off is short, never a valid-looking file. */
export function replyTorrent (reply: FastifyReply, { status, contentLength, etag, lastModified, fileName, requestCharged, body }: GetObjectTorrentReply): FastifyReply {
  reply.status(status).headers({ etag, 'last-modified': lastModified.toUTCString() })
  if (requestCharged) reply.header('x-amz-request-charged', 'requester')
  if (status === 304) return reply.send()
  reply.headers({
    'content-type': 'application/x-bittorrent',
    'content-disposition': attachment(fileName),
    'content-length': contentLength
  })
  if (body === undefined) return reply.send()
  return reply.send(Buffer.isBuffer(body) ? body : Readable.from(trickle(body), { highWaterMark: 1 }))
}
