import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, SecureContext } from 'node:tls'
import { openTunnel } from '../../net/tunnel.js'
import { CALL_LIMITS, STALL_MS } from '../limits.js'
import { assertAnswer } from './range-answer.js'
import { WorkerReadFailed } from '../worker-read.js'
import type { RangeRequest } from '../worker-read.js'

const BUFFER_BYTES = 512 * 1024
const MAX_HEAD_BYTES = 16 * 1024

/**
 * A keep-alive connection that reads ranges into one reused buffer (net's `onread`): node's own HTTP clients make a new
 * buffer and several copies of every chunk, which costs more than the hashing. Understands exactly `206` with the asked
 * Content-Range, Content-Length, ETag and Content-Encoding.
 */
export class RangeConnection {
  #socket: Socket | undefined
  /** What is to be sent once there is a socket. */
  #waiting = ''
  #receive: ((bytes: Buffer) => void) | undefined
  #fail: ((error: Error) => void) | undefined
  #usable = true
  readonly #stallMs: number

  /**
   * @param onClose called once, when the connection can never be used again
   * @param secureContext whom to trust; undefined: whom node trusts
   * @param stallMs how long the origin may be silent once it is connected
   */
  constructor (
    { host, port, tls, tunnel }: Pick<RangeRequest, 'host' | 'port' | 'tls' | 'tunnel'>,
    onClose: () => void = () => {},
    secureContext?: SecureContext,
    stallMs = STALL_MS
  ) {
    this.#stallMs = stallMs
    const onread = {
      buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES),
      callback: (length: number, buffer: Uint8Array) => {
        this.#receive?.(Buffer.from(buffer.buffer, buffer.byteOffset, length))
        return true
      }
    }
    const address = host.replace(/^\[(.*)\]$/, '$1')
    // Node's tls takes onread too; its types do not say so.
    const secure: ConnectionOptions & { onread: typeof onread } = {
      host: address,
      port,
      ...(isIP(address) === 0 && { servername: address }),
      ...(secureContext !== undefined &&
        { secureContext }),
      ALPNProtocols: ['http/1.1'],
      onread
    }
    if (tunnel === undefined) {
      this.#take(tls ? connectTls(secure) : connect({ host: address, port, onread }), tls, onClose)
      return
    }
    openTunnel(tunnel, { host: address, port, secureContext }).then((socket) => {
      if (this.#usable) {
        // Over another socket node's tls knows no onread.
        this.#take(
          connectTls({ ...secure, socket }).on('data', (bytes: Buffer) => this.#receive?.(bytes)), true, onClose
        )
        return
      }
      socket.destroy()
      onClose()
    }).catch((cause: unknown) => {
      this.#break('the connection to the origin failed', { cause })
      onClose()
    })
  }

  #take (socket: Socket, tls: boolean, onClose: () => void): void {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setTimeout(CALL_LIMITS.connectMs, () => this.#break('no byte from the origin in time'))
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.setTimeout(this.#stallMs))
    socket.on('error', (cause) => this.#break('the connection to the origin failed', { cause }))
    socket.once('close', () => {
      this.#break('the origin closed the connection')
      onClose()
    })
    socket.once('end', () => this.#break('the origin ended the connection'))
    if (this.#waiting !== '') socket.write(this.#waiting, 'latin1')
  }

  /** Whether another range can be asked for on this connection. */
  get usable (): boolean {
    return this.#usable
  }

  /**
   * Hands every byte of the range to `onBytes`, in order; the buffer is used again when `onBytes` returns.
   * @throws WorkerReadFailed; and then this connection is closed
   */
  async read (request: RangeRequest, onBytes: (bytes: Buffer) => void): Promise<void> {
    let missing = request.last - request.first + 1
    let head = ''
    let inBody = false
    let keepAlive = true
    await new Promise<void>((resolve, reject) => {
      this.#fail = reject
      this.#receive = (bytes) => {
        try {
          let body = bytes
          if (!inBody) {
            const before = head.length
            head += bytes.toString('latin1', 0, MAX_HEAD_BYTES + 4)
            const end = head.indexOf('\r\n\r\n')
            if ((end < 0 ? head.length : end) > MAX_HEAD_BYTES) {
              throw new WorkerReadFailed('unexpected', 'a head over 16 KiB')
            }
            if (end < 0) return
            keepAlive = assertAnswer(head.slice(0, end), request)
            inBody = true
            body = bytes.subarray(end + 4 - before)
          }
          if (body.length > missing) throw new WorkerReadFailed('unexpected', 'more bytes than announced')
          missing -= body.length
          if (body.length > 0) onBytes(body)
          if (missing === 0) resolve()
        } catch (error) {
          this.#end(error as Error)
        }
      }
      if (!this.#usable) return reject(new WorkerReadFailed('broken', 'the connection is closed'))
      const asked =
        `GET ${request.path} HTTP/1.1\r\n` +
        `${Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
      this.#socket?.ref()
      if (this.#socket === undefined) this.#waiting = asked
      else this.#socket.write(asked, 'latin1')
    })
    this.#fail = undefined
    this.#receive = () => this.#end(new WorkerReadFailed('unexpected', 'bytes that nobody asked for'))
    this.#socket?.unref()
    if (!keepAlive) this.close()
  }

  close (): void {
    this.#break('closed here')
  }

  #break (why: string, options?: ErrorOptions): void {
    this.#end(new WorkerReadFailed('broken', why, options))
  }

  #end (error: Error): void {
    this.#usable = false
    this.#socket?.destroy()
    this.#receive = undefined
    this.#fail?.(error)
    this.#fail = undefined
  }
}
