import type { SecureContext } from 'node:tls'
import { failedAs } from '../worker-read.js'
import type { RangeRequest } from '../worker-read.js'
import { RangeConnection } from './range-connection.js'

/** Connections that are kept for the next range, by place. */
export class RangeConnections {
  readonly #idle = new Map<string, RangeConnection[]>()
  readonly #secureContext: SecureContext | undefined

  /** @param secureContext whom to trust; undefined: whom node trusts */
  constructor (secureContext?: SecureContext) {
    this.#secureContext = secureContext
  }

  /**
   * Hands every byte of the range to `onBytes`, in order.
   * @throws WorkerReadFailed, also when the signal fires
   */
  async read (request: RangeRequest, onBytes: (bytes: Buffer) => void, signal: AbortSignal): Promise<void> {
    const pool = this.#poolOf(request)
    let heard = false
    const hear = (bytes: Buffer): void => {
      heard = true
      onBytes(bytes)
    }
    const kept = pool.pop()
    try {
      await readOn(kept ?? this.#open(request, pool), request, hear, pool, signal)
    } catch (error) {
      // A kept connection may have been closed at the other end just now (RFC 9112 §9.3.1).
      if (kept === undefined || heard || signal.aborted || !(failedAs(error, 'broken'))) throw error
      await readOn(this.#open(request, pool), request, onBytes, pool, signal)
    }
  }

  #poolOf ({ tls, host, port }: RangeRequest): RangeConnection[] {
    const place = `${tls ? 'https' : 'http'}://${host}:${port}`
    const pool = this.#idle.get(place) ?? []
    this.#idle.set(place, pool)
    return pool
  }

  // An idle connection that ends leaves the pool, with its buffer.
  #open (request: RangeRequest, pool: RangeConnection[]): RangeConnection {
    const connection = new RangeConnection(request, () => {
      const place = pool.indexOf(connection)
      if (place >= 0) pool.splice(place, 1)
    }, this.#secureContext)
    return connection
  }
}

async function readOn (
  connection: RangeConnection,
  request: RangeRequest,
  onBytes: (bytes: Buffer) => void,
  pool: RangeConnection[],
  signal: AbortSignal
): Promise<void> {
  const close = () => connection.close()
  if (signal.aborted) close()
  signal.addEventListener('abort', close, { once: true })
  try {
    await connection.read(request, onBytes)
    if (connection.usable) pool.push(connection)
  } finally {
    signal.removeEventListener('abort', close)
  }
}
