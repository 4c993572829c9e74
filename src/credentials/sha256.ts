import { createHash, createHmac } from 'node:crypto'
import type { Hash, Hmac } from 'node:crypto'

/** SHA-256, or HMAC with a secret, in the form in which @smithy/signature-v4 takes it. */
export class Sha256 {
  readonly #hash: Hash | Hmac
  constructor (secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined
      ? createHash('sha256')
      : createHmac(
        'sha256',
        typeof secret === 'string' || ArrayBuffer.isView(secret)
          ? secret as string | NodeJS.ArrayBufferView
          : Buffer.from(secret)
      )
  }

  update (data: Uint8Array): void { this.#hash.update(data) }
  digest (): Promise<Uint8Array> { return Promise.resolve(this.#hash.digest()) }
  reset (): void { throw new Error('a Sha256 is used once') }
}
