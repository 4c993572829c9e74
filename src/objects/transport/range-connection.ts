import { connect, isIP } from 'node:net'
import type { OnReadOpts, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, SecureContext } from 'node:tls'
import { openTunnel } from '../../net/tunnel.js'
import { STEADY_BYTES } from '../../util/steady-bytes.js'
import { give } from '../byte-sink.js'
import type { ByteSink } from '../byte-sink.js'
import { CALL_LIMITS, STALL_MS } from '../limits.js'
import { WorkerReadFailed } from '../worker-read.js'
import type { RangeRequest } from '../worker-read.js'
import { RangeExchange } from './range-exchange.js'

export interface RangeConnectionOptions {
  /** Bytes of the buffer that heads come in, and bodies whose sink has no room of its own. */
  readonly bufferBytes: number
  /** Called once, when the connection can never be used again. */
  readonly onClose?: () => void
  /** Whom to trust; undefined: whom node trusts. */
  readonly secureContext?: SecureContext | undefined
  /** How long the origin may be silent once it is connected, while bytes are waited for. */
  readonly stallMs?: number
}

// Half the system calls of the small ones, for readers who do not stand still (bench row get-object).
const FAST_BUFFER_BYTES = 256 * 1024

/**
 * A keep-alive connection that reads ranges into reused buffers (net's `onread`): node's own HTTP clients make a new
 * buffer and several copies of every chunk, which costs more than the hashing (bench rows cold-nginx and web-seed).
 * Understands exactly `206` with the asked Content-Range, Content-Length, ETag and Content-Encoding.
 */
export class RangeConnection {
  readonly #buffer: Buffer
  /** Of the body that is being read, once its reader is known to be fast. */
  #fastBuffer: Buffer | undefined
  readonly #stallMs: number
  readonly #onClose: () => void
  #socket: Socket | undefined
  /** What is to be sent once there is a socket. */
  #waiting = ''
  #exchange: RangeExchange | undefined
  /** The next bytes come into the sink's room. */
  #isInRoom = false
  #isResting = false
  #usable = true

  constructor (
    { host, port, tls, tunnel }: Pick<RangeRequest, 'host' | 'port' | 'tls' | 'tunnel'>,
    { bufferBytes, onClose = () => {}, secureContext, stallMs = STALL_MS }: RangeConnectionOptions
  ) {
    this.#buffer = Buffer.allocUnsafeSlow(bufferBytes)
    this.#stallMs = stallMs
    this.#onClose = onClose
    // The types do not say that the buffer may be a function: it is asked for the place of the next bytes.
    const onread = {
      buffer: () => this.#nextPlace(),
      callback: (length: number, place: Uint8Array) =>
        this.#receive(Buffer.from(place.buffer, place.byteOffset, length))
    } as unknown as OnReadOpts
    const address = host.replace(/^\[(.*)\]$/, '$1')
    // Node's tls takes onread too; its types do not say so.
    const secure: ConnectionOptions & { onread: OnReadOpts } = {
      host: address,
      port,
      ...(isIP(address) === 0 && { servername: address }),
      ...(secureContext !== undefined && { secureContext }),
      ALPNProtocols: ['http/1.1'],
      onread
    }
    if (tunnel === undefined) {
      this.#use(tls ? connectTls(secure) : connect({ host: address, port, onread }), tls)
      return
    }
    openTunnel(tunnel, { host: address, port, secureContext }).then((socket) => {
      if (this.#usable) {
        // Over another socket node's tls knows no onread.
        const over = connectTls({ ...secure, socket })
        this.#use(over.on('data', (bytes: Buffer) => { if (!this.#receive(bytes)) over.pause() }), true)
        return
      }
      socket.destroy()
      onClose()
    }).catch((cause: unknown) => {
      this.#break('the connection to the origin failed', { cause })
      onClose()
    })
  }

  /** Whether another range can be asked for on this connection. */
  get usable (): boolean {
    return this.#usable
  }

  /**
   * Asks for a range; resolves when the right head has come. Then `pour` it, or close the connection.
   * @throws WorkerReadFailed; and then this connection is closed
   */
  async open (request: RangeRequest): Promise<void> {
    if (!this.#usable) throw new WorkerReadFailed('broken', 'the connection is closed')
    const exchange = new RangeExchange(request)
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
    const poured = exchange.pour(sink)
    try {
      await give(sink, exchange.takeEarly())
      this.#resume(exchange)
    } catch (error) {
      this.#end(error as Error)
    }
    await poured
  }

  close (): void {
    this.#break('closed here')
  }

  #use (socket: Socket, tls: boolean): void {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setTimeout(CALL_LIMITS.connectMs, () => this.#break(
      `no byte from the origin for ${(socket.timeout ?? 0) / 1000} s`
    ))
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.setTimeout(this.#stallMs))
    socket.on('error', (cause) => this.#break('the connection to the origin failed', { cause }))
    socket.once('close', () => {
      this.#break('the origin closed the connection')
      this.#onClose()
    })
    socket.once('end', () => this.#break('the origin ended the connection'))
    if (this.#waiting !== '') socket.write(this.#waiting, 'latin1')
  }

  // While a sink takes its time, it is not known yet where its next bytes belong.
  #nextPlace (): Buffer {
    const place = this.#isResting ? undefined : this.#exchange?.room()
    this.#isInRoom = place !== undefined
    return place ?? this.#ownPlace
  }

  get #ownPlace (): Buffer {
    const isFast = this.#buffer.length < FAST_BUFFER_BYTES && (this.#exchange?.came ?? 0) > STEADY_BYTES
    if (isFast) this.#fastBuffer ??= Buffer.allocUnsafeSlow(FAST_BUFFER_BYTES)
    return this.#fastBuffer ?? this.#buffer
  }

  /** Returns whether to read on. */
  #receive (bytes: Buffer): boolean {
    const exchange = this.#exchange
    const isInRoom = this.#isInRoom
    this.#isInRoom = false
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
    this.#exchange = this.#fastBuffer = undefined
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
