import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createdObjects } from '../s3/event-notification.js'
import type { BucketEvents } from './bucket-events.js'
import type { Guard } from './guard.js'
import { isNestedDeeper } from './json-depth.js'

const MAX_BYTES = 1024 * 1024
/** A notification has six. */
const MAX_DEPTH = 32

/**
 * `POST /-/events`: S3 event notifications, as MinIO (`auth_token`) and Ceph (`?token=` in the topic's push-endpoint) push them over
 * HTTP. What it took it answers at once, and hashes then; a 503 is to be sent again.
 */
export function mountEvents (server: FastifyInstance, events: BucketEvents, guard: Guard): void {
  server.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => parsed(body))
  server.post('/-/events', { bodyLimit: MAX_BYTES, onRequest: guard.forEvents }, (request, reply) => {
    try {
      const objects = createdObjects(request.body)
      if (events.add(objects)) return reply.send({ accepted: objects.length })
      return reply.status(503).header('retry-after', 10).send({ error: 'Too many objects wait to be hashed; send it again.' })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return reply.status(400).send({ error: error.message })
    }
  })
}

// What is read of it are a few names, each its own: __proto__ is one like any other.
function parsed (json: string): unknown {
  try {
    if (!isNestedDeeper(json, MAX_DEPTH)) return JSON.parse(json)
  } catch {}
  throw Object.assign(new SyntaxError(`The body is no JSON, or nested deeper than ${MAX_DEPTH} levels.`), { statusCode: 400 })
}
