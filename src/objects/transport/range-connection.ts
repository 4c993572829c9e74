import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, SecureContext } from 'node:tls'
import { openTunnel } from '../../net/tunnel.js'
import { readEtag } from '../../s3/etag.js'
import { CALL_LIMITS, STALL_MS } from '../limits.js'
import type { RangeRequest } from '../worker-read.js'

/** The answer is not the one 206 that is understood here: it must be asked for by somebody who understands more. */
export class UnexpectedAnswer extends Error {
  override name = 'UnexpectedAnswer'
}

/** The connection failed, stalled or ended early: the same may be asked again. */
export class BrokenRead extends Error {
  override name = 'BrokenRead'
}

/** The origin is busy, or broken just now: the same may be asked again later. */
export class BusyOrigin extends Error {
  override name = 'BusyOrigin'
}

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
      this.#end(new BrokenRead('the connection to the origin failed', { cause }))
      onClose()
    })
  }

  #take (socket: Socket, tls: boolean, onClose: () => void): void {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setTimeout(CALL_LIMITS.connectMs, () => this.#end(new BrokenRead('no byte from the origin in time')))
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.setTimeout(this.#stallMs))
    socket.on('error', (cause) => this.#end(new BrokenRead('the connection to the origin failed', { cause })))
    socket.once('close', () => {
      this.#end(new BrokenRead('the origin closed the connection'))
      onClose()
    })
    socket.once('end', () => this.#end(new BrokenRead('the origin ended the connection')))
    if (this.#waiting !== '') socket.write(this.#waiting, 'latin1')
  }

  /** Whether another range can be asked for on this connection. */
  get usable (): boolean {
    return this.#usable
  }

  /**
   * Hands every byte of the range to `onBytes`, in order; the buffer is used again when `onBytes` returns.
   * @throws UnexpectedAnswer, BusyOrigin, BrokenRead; and then this connection is closed
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
            if ((end < 0 ? head.length : end) > MAX_HEAD_BYTES) throw new UnexpectedAnswer('a head over 16 KiB')
            if (end < 0) return
            keepAlive = assertAnswer(head.slice(0, end), request)
            inBody = true
            body = bytes.subarray(end + 4 - before)
          }
          if (body.length > missing) throw new UnexpectedAnswer('more bytes than announced')
          missing -= body.length
          if (body.length > 0) onBytes(body)
          if (missing === 0) resolve()
        } catch (error) {
          this.#end(error as Error)
        }
      }
      if (!this.#usable) return reject(new BrokenRead('the connection is closed'))
      const asked =
        `GET ${request.path} HTTP/1.1\r\n` +
        `${Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
      this.#socket?.ref()
      if (this.#socket === undefined) this.#waiting = asked
      else this.#socket.write(asked, 'latin1')
    })
    this.#fail = undefined
    this.#receive = () => this.#end(new UnexpectedAnswer('bytes that nobody asked for'))
    this.#socket?.unref()
    if (!keepAlive) this.close()
  }

  close (): void {
    this.#end(new BrokenRead('closed here'))
  }

  #end (error: Error): void {
    this.#usable = false
    this.#socket?.destroy()
    this.#receive = undefined
    this.#fail?.(error)
    this.#fail = undefined
  }
}

// Returns whether the connection stays open.
function assertAnswer (head: string, { first, last, size, etag, contentEncoding = 'identity' }: RangeRequest): boolean {
  const [statusLine = '', ...lines] = head.split('\r\n')
  const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine) ?? []
  if (status !== undefined && /^(429|5\d\d)$/.test(status)) throw new BusyOrigin(`status ${status}`)
  if (status !== '206') throw new UnexpectedAnswer(`status ${status ?? statusLine.slice(0, 40)}`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (colon < 1 || (headers.has(name) && [
      'content-length', 'content-range', 'etag', 'transfer-encoding', 'content-encoding'
    ].includes(name))) {
      throw new UnexpectedAnswer('a malformed head')
    }
    headers.set(name, line.slice(colon + 1).trim())
  }
  const expected = { 'content-range': `bytes ${first}-${last}/${size}`, 'content-length': String(last - first + 1) }
  for (const [name, value] of Object.entries(expected)) {
    if (headers.get(name) !== value) throw new UnexpectedAnswer(`${name}: ${headers.get(name)} instead of ${value}`)
  }
  if (readEtag(headers.get('etag')) !== etag) {
    throw new UnexpectedAnswer(`etag: ${headers.get('etag')} instead of ${etag}`)
  }
  if (headers.has('transfer-encoding') && headers.get('transfer-encoding') !== 'identity') {
    throw new UnexpectedAnswer(`transfer-encoding: ${headers.get('transfer-encoding')}`)
  }
  // A coding that the whole object was said to have is how it is stored (RFC 9110 §14.1: ranges are of the coded
  // bytes); another one was put on now.
  const coding = headers.get('content-encoding') ?? 'identity'
  if (coding !== contentEncoding) {
    throw new UnexpectedAnswer(`content-encoding: ${coding} instead of ${contentEncoding}`)
  }
  return minor === '1' && headers.get('connection')?.toLowerCase() !== 'close'
}
