import type { FastifyInstance } from 'fastify'
import type { OriginProbe, OwnKeyPairStatus } from '../objects/origin-status.js'
import type { StoreStatus } from '../store/store-status.js'
import { within } from '../util/timeout.js'

export interface HealthParts {
  readonly origin: OriginProbe
  readonly store: StoreStatus
  readonly ownKeyPairState: OwnKeyPairStatus
}

const LIMIT_MS = 3_000
/** How old an answer to /readyz may be, so that asking often costs the origin little. */
const KEPT_MS = 1_000

/**
 * `/healthz`: the process answers. `/readyz`: the origin answers too, and the store is written to; else 503 with the
 * reason. That the origin refuses the own key pair is said beside: signed requests are served all the same. Neither
 * names anything.
 */
export function mountHealth (server: FastifyInstance, parts: HealthParts): void {
  let last: { readonly at: number, readonly checks: Promise<Record<string, string>> } | undefined
  server.get('/healthz', () => ({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    if (last === undefined || performance.now() - last.at > KEPT_MS) {
      last = { at: performance.now(), checks: check(parts) }
    }
    const checks = await last.checks
    const isReady = Object.values(checks).every((state) => state === 'ok')
    return reply.status(isReady ? 200 : 503).send({
      status: isReady ? 'ok' : 'not ready',
      ...checks,
      ...(parts.ownKeyPairState.refused !== undefined && { ownKeyPair: 'the origin refuses it; see the log' })
    })
  })
}

async function check ({ origin, store }: HealthParts): Promise<Record<'origin' | 'store', string>> {
  const [there, lasting] = await Promise.all([
    origin.assertThere(AbortSignal.timeout(LIMIT_MS)).then(() => true, () => false),
    within(store.isDurable(), LIMIT_MS, false)
  ])
  return {
    origin: there ? 'ok' : 'it does not answer; see --origin, and the log',
    store: lasting ? 'ok' : 'hashes cannot be kept on disk; see --data-dir, and the log'
  }
}
