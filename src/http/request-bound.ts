import type { FastifyInstance } from 'fastify'
import { NetworkCounts } from '../net/network-counts.js'
import { slowDown } from '../access/origin-errors.js'

const WEB_SEED = /^\/-\/seed\//

/** Refuses with SlowDown what comes on top of `max` requests of one network at once, behind proxies too. */
export function mountRequestBound (server: FastifyInstance, max: number): void {
  const counts = new NetworkCounts(max)
  server.addHook('onRequest', (request, reply, done) => {
    const { network } = request.s3
    if (!counts.enter(network)) {
      if (WEB_SEED.test(request.raw.url ?? '')) request.s3.operation = 'GetWebSeed' // which is never told a 5xx
      return done(slowDown(`more than ${max} requests at once`))
    }
    reply.raw.once('close', () => counts.leave(network))
    done()
  })
}
