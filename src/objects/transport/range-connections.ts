import type { SecureContext } from 'node:tls'
import type { ByteSink } from '../byte-sink.js'
import { WorkerReadFailed, failedAs } from '../worker-read.js'
import type { RangeRequest } from '../worker-read.js'
import { RangeConnection } from './range-connection.js'

export interface RangeConnectionsOptions {
  /** Of each connection, see RangeConnectionOptions. */
  readonly bufferBytes: number
  /** Whom to trust, asked for with the first TLS: a context takes ten milliseconds. Undefined: whom node trusts. */
  readonly secureContext?: (() => SecureContext | undefined) | undefined
}

/** A range whose right head has come. Whoever opens it closes it. */
export interface OpenRange {
  /** Gives every byte of it to `sink`, in order, once. @throws WorkerReadFailed, what the sink throws */
  pour (sink: ByteSink): Promise<void>
  /** Nothing more is read; the connection is kept where nothing more was to come. */
  close (): void
}

/** Of one place; each has a buffer. */
const MAX_IDLE = 64

/** Connections that are kept for the next range, by place. Whoever makes them closes them. */
export class RangeConnections {
  readonly #idle = new Map<string, RangeConnection[]>()
  readonly #options: RangeConnectionsOptions
  #secureContext: SecureContext | undefined

  constructor (options: RangeConnectionsOptions) {
    this.#options = options
  }

  /**
   * Asks for a range. A signal that fires later closes it.
   * @throws WorkerReadFailed, also when the signal fires
   */
  async open (request: RangeRequest, signal: AbortSignal): Promise<OpenRange> {
    if (signal.aborted) throw new WorkerReadFailed('broken', 'cancelled')
    const pool = this.#poolOf(request)
    const kept = pool.pop()
    try {
      return await openOn(kept ?? this.#connect(request, pool), request, pool, signal)
    } catch (error) {
      // A kept connection may have been closed at the other end just now (RFC 9112 §9.3.1).
      if (kept === undefined || signal.aborted || !failedAs(error, 'broken')) throw error
      return openOn(this.#connect(request, pool), request, pool, signal)
    }
  }

  /**
   * Gives every byte of the range to `onBytes`, in order; its buffer is used again when that returns.
   * @throws WorkerReadFailed, also when the signal fires; what `onBytes` throws
   */
  async read (request: RangeRequest, onBytes: (bytes: Buffer) => void, signal: AbortSignal): Promise<void> {
    const range = await this.open(request, signal)
    await range.pour({
      room: () => undefined,
      take: (bytes) => {
        onBytes(bytes)
        return undefined
      }
    })
  }

  close (): void {
    for (const pool of this.#idle.values()) for (const connection of pool.splice(0)) connection.close()
  }

  #poolOf ({ tls, host, port }: RangeRequest): RangeConnection[] {
    const place = `${tls ? 'https' : 'http'}://${host}:${port}`
    const pool = this.#idle.get(place) ?? []
    this.#idle.set(place, pool)
    return pool
  }

  // An idle connection that ends leaves the pool, with its buffer.
  #connect (request: RangeRequest, pool: RangeConnection[]): RangeConnection {
    const { bufferBytes, secureContext } = this.#options
    if (request.tls) this.#secureContext ??= secureContext?.()
    const connection = new RangeConnection(request, {
      bufferBytes,
      secureContext: this.#secureContext,
      onClose: () => {
        const place = pool.indexOf(connection)
        if (place >= 0) pool.splice(place, 1)
      }
    })
    return connection
  }
}

async function openOn (
  connection: RangeConnection, request: RangeRequest, pool: RangeConnection[], signal: AbortSignal
): Promise<OpenRange> {
  const close = () => connection.close()
  signal.addEventListener('abort', close, { once: true })
  const leave = () => signal.removeEventListener('abort', close)
  try {
    await connection.open(request)
  } catch (error) {
    leave()
    throw error
  }
  let isOver = false
  return {
    pour: async (sink) => {
      try {
        await connection.pour(sink)
        isOver = true // it is somebody else's from now on
        if (connection.usable && pool.length < MAX_IDLE) pool.push(connection)
        else connection.close()
      } finally {
        leave()
      }
    },
    close: () => {
      leave()
      if (!isOver) connection.close()
    }
  }
}
