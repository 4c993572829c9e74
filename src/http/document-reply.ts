import type { FastifyReply } from 'fastify'
import type { MeasuredDocument } from '../operations/measured-document.js'
import { replyBody } from './body-reply.js'

/**
 * Answers a document that is written in slices. A slow reader holds one of them, and not the whole.
 * @param headers also of 304
 */
export async function replyDocument (
  reply: FastifyReply,
  contentType: string,
  { status, contentLength, etag, lastModified, requestCharged, body }: MeasuredDocument,
  headers: Readonly<Record<string, string>> = {}
): Promise<FastifyReply> {
  reply.status(status).headers({
    ...headers, etag, ...(lastModified && { 'last-modified': lastModified.toUTCString() })
  })
  if (requestCharged) reply.header('x-amz-request-charged', 'requester')
  if (status === 304) return reply.send()
  reply.headers({ 'content-type': contentType, 'content-length': contentLength })
  if (body === undefined) return reply.send()
  return replyBody(reply, {
    pour: async (sink) => { for (const slice of body) await sink.take(slice) },
    close: () => {}
  })
}
