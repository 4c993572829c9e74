import { STEADY_BYTES } from '../../util/steady-bytes.js'
import type { RangeExchange } from './range-exchange.js'

// Half the system calls of the small ones, for readers who do not stand still (bench row get-object).
const FAST_BUFFER_BYTES = 256 * 1024

/** Where the next bytes of a connection go: into the room of a sink that has one, else into its buffer. */
export class ReadPlace {
  readonly #buffer: Buffer
  /** Of the body that is being read, once its reader is known to be fast. */
  #fastBuffer: Buffer | undefined
  #isInRoom = false

  constructor (buffer: Buffer) {
    this.#buffer = buffer
  }

  /** @param isResting a sink takes its time: it is not known yet where its next bytes belong */
  next (exchange: RangeExchange | undefined, isResting: boolean): Buffer {
    const room = isResting ? undefined : exchange?.room()
    this.#isInRoom = room !== undefined
    if (room !== undefined) return room
    const isFast = this.#buffer.length < FAST_BUFFER_BYTES && (exchange?.came ?? 0) > STEADY_BYTES
    if (isFast) this.#fastBuffer ??= Buffer.allocUnsafeSlow(FAST_BUFFER_BYTES)
    return this.#fastBuffer ?? this.#buffer
  }

  /** Whether the bytes that have just come are in the room; asked once for each. */
  leaveRoom (): boolean {
    const isInRoom = this.#isInRoom
    this.#isInRoom = false
    return isInRoom
  }

  /** The body has ended. */
  end (): void {
    this.#fastBuffer = undefined
  }
}
