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
  /** Offsets in the file, `last` inclusive. */
  | {
    readonly kind: 'file'
    readonly path: string
    readonly etag: string
    readonly first: number
    readonly last: number
  }

/**
 * Why a thread's read failed. `unexpected`: the answer is not the one that is understood there, and is for the origin's
 * own client, which understands more. `broken`: the connection failed, stalled or ended early, or the thread did: the
 * same may be asked again. `busy`: the origin is busy, or broken just now: the same may be asked again later.
 */
export type WorkerReadFailure = 'unexpected' | 'broken' | 'busy'

export class WorkerReadFailed extends Error {
  override name = 'WorkerReadFailed'
  readonly kind: WorkerReadFailure

  constructor (kind: WorkerReadFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export function failedAs (error: unknown, kind: WorkerReadFailure): error is WorkerReadFailed {
  return error instanceof WorkerReadFailed && error.kind === kind
}
