import type { FastifyReply } from 'fastify'
import type { GetPrefixFeedReply } from '../operations/get-prefix-feed.js'
import { replyBody } from './body-reply.js'

/** Answers a feed. A slow reader holds a slice of it, and not the whole. */
export async function replyFeed (
  reply: FastifyReply, { status, contentLength, etag, lastModified, requestCharged, body }: GetPrefixFeedReply
): Promise<FastifyReply> {
  reply.status(status).headers({ etag, ...(lastModified && { 'last-modified': lastModified.toUTCString() }) })
  if (requestCharged) reply.header('x-amz-request-charged', 'requester')
  if (status === 304) return reply.send()
  reply.headers({ 'content-type': 'application/rss+xml; charset=utf-8', 'content-length': contentLength })
  if (body === undefined) return reply.send()
  return replyBody(reply, {
    pour: async (sink) => { for (const slice of body) await sink.take(slice) },
    close: () => {}
  })
}
