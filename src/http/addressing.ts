import type { FastifyServerOptions } from 'fastify'
import { virtualHostedBucket } from '../s3/address.js'

type Constraint = NonNullable<NonNullable<FastifyServerOptions['routerOptions']>['constraints']>[string]
type RouteStore = ReturnType<Constraint['storage']>

/**
 * The routing constraint `addressing`: `path` where the path names the bucket, `virtual` where the Host does. Own
 * routes exist in path style only: under a virtual host, `/-/…` is a key like any other.
 */
export function addressing (domains: readonly string[]): Constraint {
  return {
    name: 'addressing',
    storage: () => {
      const handlers = new Map<string, ReturnType<RouteStore['get']>>()
      return {
        get: (style) => handlers.get(style) ?? null,
        set: (style, handler) => { handlers.set(style, handler) }
      }
    },
    deriveConstraint: (request) => virtualHostedBucket(request.headers.host ?? '', domains) === undefined
      ? 'path'
      : 'virtual'
  }
}
