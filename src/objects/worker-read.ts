import type { Proxy } from '../net/proxies.js'

/**
 * One ranged GET, signed and ready to be sent, and the only answer that is right: 206, these bytes, this ETag, this
 * size.
 */
export interface RangeRequest {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly etag: string
  /** The object's own; undefined: none. */
  readonly contentEncoding?: string | undefined
  /** A proxy through which host and port are reached. */
  readonly tunnel?: Proxy | undefined
  /** Offsets in the object, `last` inclusive. */
  readonly first: number
  readonly last: number
  /** Bytes of the whole object. */
  readonly size: number
}

/** How a hashing thread reads a part of an object by itself: a ranged GET, or a file that its ETag describes. */
export type WorkerRead =
  | { readonly kind: 'http', readonly request: RangeRequest }
  | { readonly kind: 'file', readonly path: string, readonly etag: string }
