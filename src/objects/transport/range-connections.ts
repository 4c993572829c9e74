import type { SecureContext } from 'node:tls'
import type { ByteSink } from '../byte-sink.js'
import { WorkerReadFailed, failedAs } from '../worker-read.js'
import type { RangeRequest } from '../worker-read.js'
import { RangeConnection } from './range-connection.js'

export interface RangeConnectionsOptions {
  /** Of each connection's buffer, or of one for all of them. */
  readonly bufferBytes: number
  /** One buffer for all: what is read has to be taken at once, so there is no `open`. */
  readonly shared?: boolean
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

interface OpenedRange extends OpenRange {
  /** Resolves when the sink that it was opened with has every byte. @throws as `pour` */
  drained (): Promise<void>
}

/** A range that is asked for; `sink`: where its body goes as soon as it comes. */
interface Asked {
  readonly request: RangeRequest
  readonly pool: RangeConnection[]
  readonly signal: AbortSignal
  readonly sink: ByteSink | undefined
}

/** Of one place. */
const MAX_IDLE = 64

/** Connections that are kept for the next range, by place. Whoever makes them closes them. */
export class RangeConnections {
  readonly #idle = new Map<string, RangeConnection[]>()
  readonly #options: RangeConnectionsOptions
  readonly #shared: Buffer | undefined
  #secureContext: SecureContext | undefined

  constructor (options: RangeConnectionsOptions) {
    this.#options = options
    this.#shared = options.shared === true ? Buffer.allocUnsafeSlow(options.bufferBytes) : undefined
  }

  /**
   * Asks for a range. A signal that fires later closes it.
   * @throws WorkerReadFailed, also when the signal fires
   */
  async open (request: RangeRequest, signal: AbortSignal): Promise<OpenRange> {
    if (this.#shared !== undefined) throw new Error('what comes with a head would not stay in a shared buffer')
    return this.#open(request, signal)
  }

  /**
   * Gives every byte of the range to `onBytes`, in order; its buffer is used again when that returns.
   * @throws WorkerReadFailed, also when the signal fires; what `onBytes` throws
   */
  async read (request: RangeRequest, onBytes: (bytes: Buffer) => void, signal: AbortSignal): Promise<void> {
    const range = await this.#open(request, signal, {
      room: () => undefined,
      take: (bytes) => {
        onBytes(bytes)
        return undefined
      }
    })
    await range.drained()
  }

  close (): void {
    for (const pool of this.#idle.values()) for (const connection of pool.splice(0)) connection.close()
  }

  async #open (request: RangeRequest, signal: AbortSignal, sink?: ByteSink): Promise<OpenedRange> {
    if (signal.aborted) throw new WorkerReadFailed('broken', 'cancelled')
    const pool = this.#poolOf(request)
    const kept = pool.pop()
    const asked = { request, pool, signal, sink }
    try {
      return await openOn(kept ?? this.#connect(request, pool), asked)
    } catch (error) {
      // A kept connection may have been closed at the other end just now (RFC 9112 §9.3.1).
      if (kept === undefined || signal.aborted || !failedAs(error, 'broken')) throw error
      return openOn(this.#connect(request, pool), asked)
    }
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
      buffer: this.#shared ?? Buffer.allocUnsafeSlow(bufferBytes),
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
  connection: RangeConnection, { request, pool, signal, sink: known }: Asked
): Promise<OpenedRange> {
  const close = () => connection.close()
  signal.addEventListener('abort', close, { once: true })
  const leave = () => signal.removeEventListener('abort', close)
  try {
    await connection.open(request, known)
  } catch (error) {
    leave()
    throw error
  }
  let isOver = false
  const whole = async (poured: Promise<void>): Promise<void> => {
    try {
      await poured
      isOver = true // it is somebody else's from now on
      if (connection.usable && pool.length < MAX_IDLE) pool.push(connection)
      else connection.close()
    } finally {
      leave()
    }
  }
  return {
    pour: (sink) => whole(connection.pour(sink)),
    drained: () => whole(connection.drained()),
    close: () => {
      leave()
      if (!isOver) connection.close()
    }
  }
}
