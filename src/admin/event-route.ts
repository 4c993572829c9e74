import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createdObjects } from '../s3/event-notification.js'
import type { CreatedObject } from '../s3/event-notification.js'
import { snsMessageOf } from '../s3/sns-message.js'
import type { SnsMessage } from '../s3/sns-message.js'
import { isWithin } from '../util/json-bounds.js'
import { printable } from '../util/unprintable.js'
import type { BucketEvents } from '../warming/bucket-events.js'
import type { Guard } from './guard.js'

export interface EventRouteParts {
  readonly events: BucketEvents
  readonly guard: Guard
  readonly log: { warn (facts: object, message: string): void }
}

const MAX_BYTES = 1024 * 1024
/** A notification has six levels, and a megabyte of the shortest records 50,000 objects. */
const BOUNDS = { levels: 32, containers: 100_000 }
const MAX_LOGGED = 2_048

const OF_TOPIC = {
  SubscriptionConfirmation: 'a topic asks whether it may send notifications here: if it is yours, open the url ' +
    'yourself; it is never opened from here',
  UnsubscribeConfirmation: 'a topic sends no notifications here anymore: if that is not meant, open the url ' +
    'yourself; it is never opened from here'
} as const

/**
 * `POST /-/events`: bucket notifications, as MinIO (`auth_token`) and Ceph (`?token=` in the topic's push-endpoint)
 * push them over HTTP, and Amazon by SNS or EventBridge. They are JSON, whatever type they are said to have: SNS says
 * text/plain. What it took it answers at once, and hashes then; a 503 is to be sent again.
 */
export function mountEvents (server: FastifyInstance, { events, guard, log }: EventRouteParts): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => body)
    scope.post('/-/events', { bodyLimit: MAX_BYTES, onRequest: guard.forEvents }, ({ body }, reply) => {
      try {
        const objects = newObjects(typeof body === 'string' ? body : '', (message) => tellOperator(message, log))
        if (events.add(objects)) return reply.send({ accepted: objects.length })
        return reply.status(503).header('retry-after', 10).send({
          error: 'Too many objects wait to be hashed; send it again.'
        })
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        return reply.status(400).send({ error: error.message })
      }
    })
  })
}

function newObjects (body: string, onOther: (message: SnsMessage) => void): CreatedObject[] {
  const document = parsed(body, 'body')
  const message = snsMessageOf(document)
  if (message === undefined) return createdObjects(document)
  if (message.is === 'Notification') return createdObjects(parsed(message.message, 'Message'))
  onOther(message)
  return []
}

// A URL that is opened from here would let everybody with the token reach what this server can reach.
function tellOperator (message: SnsMessage, log: EventRouteParts['log']): void {
  if (message.is === 'Notification') return
  log.warn({ topic: shown(message.topic), url: shown(message.url) }, OF_TOPIC[message.is])
}

function shown (text: string): string {
  return printable(text.slice(0, MAX_LOGGED))
}

// Only a few names are read from it, each an own property: __proto__ is one like any other.
function parsed (json: string, name: string): unknown {
  try {
    if (isWithin(json, BOUNDS)) return JSON.parse(json)
  } catch {}
  throw new SyntaxError(
    `The ${name} is no JSON, nested deeper than ${BOUNDS.levels} levels, or has more than ${BOUNDS.containers} ` +
    'objects and arrays.'
  )
}
