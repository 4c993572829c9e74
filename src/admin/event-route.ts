import type { FastifyInstance } from 'fastify'
import { createdObjects } from '../s3/event-notification.js'
import type { BucketEvents } from './bucket-events.js'
import type { Guard } from './guard.js'

const MAX_BYTES = 1024 * 1024

/**
 * `POST /-/events`: S3 event notifications, as MinIO (`auth_token`) and Ceph (`?token=` in the topic's push-endpoint) push them over
 * HTTP. What it took it answers at once, and hashes then; a 503 is to be sent again.
 */
export function mountEvents (server: FastifyInstance, events: BucketEvents, guard: Guard): void {
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
