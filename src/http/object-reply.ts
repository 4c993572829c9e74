import { setMaxListeners } from 'node:events'
import type { FastifyReply } from 'fastify'
import type { ObjectAnswer } from '../delivery/object-answer.js'
import { replyBody } from './body-reply.js'
import { policyOf } from './sandbox.js'

// What describes the object. The rest of the origin's headers (ids, Server, Connection) is about its own connection.
const DESCRIPTIVE =
  /^(content-(type|encoding|language|disposition)|cache-control|expires|x-amz-(?!request-id$|id-2$).*)$/

/** Answers an object, or a part of it, with the origin's headers. `overrides` win over them. */
export async function replyObject (
  reply: FastifyReply, { status, head, part, body }: ObjectAnswer, overrides: Readonly<Record<string, string>> = {}
): Promise<FastifyReply> {
  for (const [name, value] of Object.entries(head.headers)) {
    if (DESCRIPTIVE.test(name)) reply.header(name, value)
  }
  reply.status(status).headers({
    ...overrides,
    etag: head.etag,
    ...(head.lastModified && { 'last-modified': head.lastModified.toUTCString() }),
    'accept-ranges': 'bytes'
  })
  const policy = policyOf(
    overrides['content-type'] ?? head.headers['content-type'], head.headers['content-security-policy']
  )
  if (policy !== undefined) reply.header('content-security-policy', policy)
  if (status === 304) return reply.send()
  if (part !== undefined) reply.header('content-range', `bytes ${part.first}-${part.last}/${head.size}`)
  reply.header('content-length', part === undefined ? head.size : part.last - part.first + 1)
  return body === undefined ? reply.send() : replyBody(reply, body)
}

// Made once: the reason that abort() makes by itself has a stack, which costs more than the rest of the signal.
const CLIENT_GONE = new DOMException('the client is gone, or has its answer', 'AbortError')

/** A signal that fires when the client is gone, and when it has its answer. */
export function clientSignal (reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal) // reads ahead listen too
  if (reply.raw.destroyed) controller.abort(CLIENT_GONE)
  else reply.raw.once('close', () => controller.abort(CLIENT_GONE))
  return controller.signal
}
