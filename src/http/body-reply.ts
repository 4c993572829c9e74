import type { FastifyReply } from 'fastify'
import type { AnswerBody } from '../delivery/object-answer.js'
import { ResponseSink } from './response-sink.js'

/**
 * Answers a body by itself: fastify takes streams, whose chunks are copies. The head is written with the first byte, so
 * that what is wrong before is still an error of S3's; later the answer breaks off.
 * @throws what ends the body before its first byte
 */
export async function replyBody (reply: FastifyReply, body: AnswerBody): Promise<FastifyReply> {
  const { raw } = reply
  const sink = new ResponseSink(raw, () => {
    reply.hijack()
    raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
  })
  try {
    await body.pour(sink)
    raw.end()
  } catch (error) {
    if (!sink.hasBegun) throw error
    if (!raw.destroyed) reply.log.error({ err: error, requestId: reply.request.s3.requestId }, 'the answer broke off')
    raw.destroy()
  } finally {
    body.close()
  }
  return reply
}
