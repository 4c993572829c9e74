import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

const EPOCH_MS = 60_000
/** BEP 15: good for two minutes after it was given. */
const EPOCHS = 3
export const CONNECTION_ID_BYTES = 8
const SECRET_BYTES = 32
const EPOCH_BYTES = 8
const ADDRESS_AT = SECRET_BYTES + EPOCH_BYTES

/**
 * The connection ids of a UDP tracker (BEP 15): proof that who asks receives at its address. Nothing is kept of whom
 * they were given to.
 */
export class ConnectionIds {
  readonly #now: () => number
  /** Secret, epoch and address, as they are hashed, for addresses of either length. */
  readonly #four: Buffer
  readonly #sixteen: Buffer

  /** @param now milliseconds */
  constructor (now: () => number = () => performance.now()) {
    this.#now = now
    const secret = randomBytes(SECRET_BYTES)
    this.#four = Buffer.concat([secret], ADDRESS_AT + 4)
    this.#sixteen = Buffer.concat([secret], ADDRESS_AT + 16)
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

  // SHA-256 of a secret and of what has one length, and a quarter of it told: nothing can be made longer, which is what
  // an HMAC is for, at a tenth of its price.
  #idOf (address: Buffer, epoch: number): Buffer {
    const told = address.length === 4 ? this.#four : this.#sixteen
    told.writeDoubleBE(epoch, SECRET_BYTES)
    told.set(address, ADDRESS_AT)
    return Buffer.from(hash('sha256', told, 'hex').slice(0, 2 * CONNECTION_ID_BYTES), 'hex')
  }
}
