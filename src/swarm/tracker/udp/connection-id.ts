import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const EPOCH_MS = 60_000
/** BEP 15: good for two minutes after it was given. */
const EPOCHS = 3
export const CONNECTION_ID_BYTES = 8

/**
 * The connection ids of a UDP tracker (BEP 15): proof that who asks receives at its address. Nothing is kept of whom
 * they were given to.
 */
export class ConnectionIds {
  readonly #secret = randomBytes(32)
  readonly #now: () => number

  /** @param now milliseconds */
  constructor (now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The id for this address, 8 bytes. */
  give (address: Buffer): Buffer {
    return this.#idOf(address, this.#epoch)
  }

  isGood (id: Uint8Array, address: Buffer): boolean {
    const epoch = this.#epoch
    for (let age = 0; age < EPOCHS; age++) {
      if (timingSafeEqual(id, this.#idOf(address, epoch - age))) return true
    }
    return false
  }

  get #epoch (): number {
    return Math.floor(this.#now() / EPOCH_MS)
  }

  #idOf (address: Buffer, epoch: number): Buffer {
    return createHmac('sha256', this.#secret).update(`${epoch} `).update(address).digest().subarray(
      0, CONNECTION_ID_BYTES
    )
  }
}
