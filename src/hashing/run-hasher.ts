import { createHash, hash } from 'node:crypto'
import type { Hash } from 'node:crypto'

/** The digests of runs of bytes of one length, while the bytes come in order. */
export class RunHasher {
  readonly #algorithm: 'sha1' | 'sha256'
  readonly #runLength: number
  readonly #onDigest: (digest: string) => void
  #inRun = 0
  #run: Hash | undefined

  /**
   * @param onDigest told of each digest as a binary string: Buffers would be memory outside the heap, by the thousand
   */
  constructor (algorithm: 'sha1' | 'sha256', runLength: number, onDigest: (digest: string) => void) {
    this.#algorithm = algorithm
    this.#runLength = runLength
    this.#onDigest = onDigest
  }

  update (bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0) {
      if (this.#inRun === 0 && rest.length >= this.#runLength) {
        // Half the price of a Hash, which counts for small runs.
        this.#onDigest(hash(this.#algorithm, rest.subarray(0, this.#runLength), 'binary'))
        rest = rest.subarray(this.#runLength)
        continue
      }
      const part = rest.subarray(0, this.#runLength - this.#inRun)
      this.#run ??= createHash(this.#algorithm)
      this.#run.update(part)
      this.#inRun += part.length
      rest = rest.subarray(part.length)
      if (this.#inRun === this.#runLength) this.end()
    }
  }

  /** The last run may be short. */
  end (): void {
    if (this.#run !== undefined) this.#onDigest(this.#run.digest('binary'))
    this.#run = undefined
    this.#inRun = 0
  }
}
