import type { Socket } from 'node:net'

const MAX_OUTGOING_BYTES = 1024 * 1024
/** A message of at most so many bytes may wait for others of the same turn; blocks are longer. */
const MAX_SMALL_BYTES = 64

/**
 * What is written to a peer. The small messages that answer one chunk of received bytes, which may be thousands, leave
 * in one write: a write for each costs more than all the rest.
 */
export class PeerOutput {
  readonly #socket: Socket
  readonly #onTooMuch: () => void
  /** Small messages that leave together; undefined: nothing is being received. */
  #waiting: Uint8Array[] | undefined

  /** @param onTooMuch the peer does not read what it is sent */
  constructor (socket: Socket, onTooMuch: () => void) {
    this.#socket = socket
    this.#onTooMuch = onTooMuch
  }

  /** Bytes were received: the answers to them leave together, with the end of this turn of the event loop. */
  gather (): void {
    if (this.#waiting !== undefined) return
    this.#waiting = []
    setImmediate(() => this.#flush())
  }

  send (bytes: Uint8Array): void {
    if (this.#socket.destroyed) return
    if (this.#waiting !== undefined && bytes.length <= MAX_SMALL_BYTES) {
      this.#waiting.push(bytes)
      return
    }
    this.#flush()
    this.#socket.write(bytes)
    if (this.#socket.writableLength > MAX_OUTGOING_BYTES) this.#onTooMuch()
  }

  #flush (): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    if (waiting.length > 0) this.send(Buffer.concat(waiting))
  }
}
