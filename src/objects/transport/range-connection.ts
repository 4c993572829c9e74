import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { give } from '../byte-sink.js'
import type { ByteSink } from '../byte-sink.js'
import { CALL_LIMITS, STALL_MS } from '../limits.js'
import { WorkerReadFailed } from '../worker-read.js'
import type { RangeRequest } from '../worker-read.js'
import { RangeExchange } from './range-exchange.js'
import { openRangeSocket } from './range-socket.js'
import type { RangePlace, RangeSocketOptions } from './range-socket.js'
import { ReadPlace } from './read-place.js'

export interface RangeConnectionOptions extends Partial<Pick<RangeSocketOptions, 'secureContext'>> {
  /**
   * What heads come in, and bodies whose sink has no room of its own. Connections may share one where each `open` has a
   * sink that takes at once what came.
   */
  readonly buffer: Buffer
  /** Called once, when the connection can never be used again. */
  readonly onClose?: () => void
  /** How long the origin may be silent once it is connected, while bytes are waited for. */
  readonly stallMs?: number
}

/**
 * A keep-alive connection that reads ranges into reused buffers (net's `onread`): node's own HTTP clients make a new
 * buffer and several copies of every chunk, which costs more than the hashing (bench rows cold-nginx and web-seed).
 * Understands exactly `206` with the asked Content-Range, Content-Length, ETag and Content-Encoding.
 */
export class RangeConnection {
  readonly #place: ReadPlace
  readonly #stallMs: number
  readonly #onClose: () => void
  #socket: Socket | undefined
  /** What is to be sent once there is a socket. */
  #waiting = ''
  #exchange: RangeExchange | undefined
  #drained: Promise<void> | undefined
  #isResting = false
  #usable = true

  constructor (
    target: RangePlace, { buffer, onClose = () => {}, secureContext, stallMs = STALL_MS }: RangeConnectionOptions
  ) {
    this.#place = new ReadPlace(buffer)
    this.#stallMs = stallMs
    this.#onClose = onClose
    openRangeSocket(target, {
      secureContext,
      nextPlace: () => this.#place.next(this.#exchange, this.#isResting),
      receive: (bytes) => this.#receive(bytes),
      begin: (socket) => this.#use(socket),
      fail: (cause) => {
        this.#break('the connection to the origin failed', { cause })
        onClose()
      }
    })
  }

  /** Whether another range can be asked for on this connection. */
  get usable (): boolean {
    return this.#usable
  }

  /**
   * Asks for a range; resolves when the right head has come. Then `pour` it, or close the connection.
   * @param sink where the body goes as soon as it comes; `drained` says when all of it has
   * @throws WorkerReadFailed; and then this connection is closed
   */
  async open (request: RangeRequest, sink?: ByteSink): Promise<void> {
    if (!this.#usable) throw new WorkerReadFailed('broken', 'the connection is closed')
    const exchange = new RangeExchange(request, sink)
    this.#drained = exchange.poured
    this.#exchange = exchange
    this.#socket?.ref()
    if (this.#socket === undefined) this.#waiting = exchange.asked
    else this.#socket.write(exchange.asked, 'latin1')
    await exchange.opened
  }

  /**
   * Gives every byte of the range that was opened to `sink`, in order.
   * @throws WorkerReadFailed, and what the sink throws; and then this connection is closed
   */
  async pour (sink: ByteSink): Promise<void> {
    const exchange = this.#exchange
    if (exchange === undefined) throw new WorkerReadFailed('broken', 'the connection is closed')
    exchange.pourInto(sink)
    try {
      await give(sink, exchange.takeEarly())
      this.#resume(exchange)
    } catch (error) {
      this.#end(error as Error)
    }
    await exchange.poured
  }

  /** Resolves when the sink that `open` was given has every byte. @throws as `pour` */
  async drained (): Promise<void> {
    await this.#drained
  }

  close (): void {
    this.#break('closed here')
  }

  #use (socket: Socket): void {
    if (!this.#usable) socket.destroy()
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setTimeout(CALL_LIMITS.connectMs, () => this.#break(
      `no byte from the origin for ${(socket.timeout ?? 0) / 1000} s`
    ))
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => socket.setTimeout(this.#stallMs))
    socket.on('error', (cause) => this.#break('the connection to the origin failed', { cause }))
    socket.once('close', () => {
      this.#break('the origin closed the connection')
      this.#onClose()
    })
    socket.once('end', () => this.#break('the origin ended the connection'))
    if (this.#waiting !== '') socket.write(this.#waiting, 'latin1')
  }

  /** Returns whether to read on. */
  #receive (bytes: Buffer): boolean {
    const exchange = this.#exchange
    const isInRoom = this.#place.leaveRoom()
    try {
      if (exchange === undefined) throw new WorkerReadFailed('unexpected', 'bytes that nobody asked for')
      const body = exchange.receive(bytes)
      if (body === 'head') return true
      if (body === 'early') return this.#rest()
      const { sink } = exchange
      const taking = isInRoom ? sink.take(body) : give(sink, body)
      if (taking === undefined) return this.#goOn(exchange)
      taking.then(() => this.#resume(exchange)).catch((error: unknown) => this.#end(error as Error))
      return this.#rest()
    } catch (error) {
      this.#end(error as Error)
      return false
    }
  }

  // Nothing is read while a sink takes what came, and its silence is not the origin's.
  #rest (): boolean {
    this.#isResting = true
    this.#socket?.setTimeout(0)
    this.#socket?.pause()
    return false
  }

  #resume (exchange: RangeExchange): void {
    if (this.#exchange !== exchange) return // it has failed meanwhile
    this.#isResting = false
    this.#goOn(exchange)
    this.#socket?.setTimeout(this.#stallMs)
    this.#socket?.resume()
  }

  #goOn (exchange: RangeExchange): boolean {
    if (exchange.missing > 0) return true
    this.#exchange = undefined
    this.#place.end()
    this.#socket?.unref()
    if (!exchange.keepsAlive) this.close()
    exchange.end()
    return true
  }

  #break (why: string, options?: ErrorOptions): void {
    this.#end(new WorkerReadFailed('broken', why, options))
  }

  #end (error: Error): void {
    this.#usable = false
    this.#socket?.destroy()
    this.#exchange?.fail(error)
    this.#exchange = undefined
  }
}
