import type { Socket } from 'node:net'

const MAX_OUTGOING_BYTES = 1024 * 1024
/** A message of at most so many bytes may wait for others of the same turn; blocks are longer. */
const MAX_SMALL_BYTES = 64

/**
 * What is written to a peer. The small messages of one turn of the event loop, which may be thousands, leave in one
 * write: a write for each costs more than all the rest.
 */
export class PeerOutput {
  readonly #socket: Socket
  readonly #onTooMuch: () => void
  /** Small messages that leave together. */
  #waiting: Buffer[] = []

  /** @param onTooMuch the peer does not read what it is sent */
  constructor (socket: Socket, onTooMuch: () => void) {
    this.#socket = socket
    this.#onTooMuch = onTooMuch
  }

  send (bytes: Buffer): void {
    if (bytes.length > MAX_SMALL_BYTES) {
      this.#write([bytes])
    } else {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush())
      this.#waiting.push(bytes)
    }
  }

  /** Several buffers, at least one, in one write. Resolves when the socket needs them no more. */
  async sendAll (buffers: readonly Buffer[]): Promise<void> {
    await new Promise<void>((resolve) => { this.#write(buffers, resolve) })
  }

  #flush (): void {
    if (this.#waiting.length > 0) this.#write([])
  }

  #write (buffers: readonly Buffer[], written?: () => void): void {
    const socket = this.#socket
    const waiting = this.#waiting
    this.#waiting = []
    if (socket.destroyed) return written?.()
    socket.cork()
    if (waiting.length > 0) socket.write(Buffer.concat(waiting))
    buffers.forEach((buffer, i) => socket.write(buffer, i === buffers.length - 1 ? written : undefined))
    socket.uncork()
    if (socket.writableLength > MAX_OUTGOING_BYTES) this.#onTooMuch()
  }
}
