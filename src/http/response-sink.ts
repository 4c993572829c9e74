import type { ServerResponse } from 'node:http'
import type { ByteSink } from '../objects/byte-sink.js'

/** The body of an answer: takes bytes as fast as the client does, without a copy. */
export class ResponseSink implements ByteSink {
  readonly #response: ServerResponse
  readonly #begin: () => void
  #hasBegun = false

  /** @param begin called before the first byte: writes the head */
  constructor (response: ServerResponse, begin: () => void) {
    this.#response = response
    this.#begin = begin
  }

  get hasBegun (): boolean {
    return this.#hasBegun
  }

  room (): undefined {}

  take (bytes: Buffer): Promise<void> | undefined {
    const response = this.#response
    if (response.destroyed) return Promise.reject(new Error('the client is gone')) // node would emit it, too
    if (!this.#hasBegun) {
      this.#hasBegun = true
      this.#begin()
    }
    let settle: (error?: Error | null) => void = () => {}
    response.write(bytes, (error) => settle(error))
    // Most writes are with the kernel at once: then nobody needs to wait for them.
    if (response.writableLength === 0) return undefined
    return new Promise((resolve, reject) => {
      settle = (error) => { if (error) reject(error); else resolve() }
    })
  }
}
