import { randomFillSync } from 'node:crypto'

const ID_BYTES = 50
const POOL_IDS = 100

/** The two ids of an answer, shaped like S3's. */
export interface RequestIds {
  /** 16 hexadecimal digits. */
  readonly requestId: string
  /** Base64 of 42 bytes. */
  readonly hostId: string
}

/** Makes ids out of a pool of random bytes, because random bytes cost by the call. */
export class RequestIdSource {
  readonly #random = Buffer.alloc(POOL_IDS * ID_BYTES)
  #taken = this.#random.length

  next (): RequestIds {
    if (this.#taken === this.#random.length) {
      randomFillSync(this.#random)
      this.#taken = 0
    }
    const bytes = this.#random.subarray(this.#taken, this.#taken += ID_BYTES)
    return { requestId: bytes.toString('hex', 0, 8).toUpperCase(), hostId: bytes.toString('base64', 8) }
  }
}
