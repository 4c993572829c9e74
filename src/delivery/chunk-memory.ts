import { CHUNK_BYTES } from './chunk.js'

/**
 * Memory for chunks, used again and again: fresh buffers of 1 MiB would be most of what the garbage collector does
 * (bench row web-seed). It grows to `maxBytes`; beyond that only while everything is being filled or held.
 */
export class ChunkMemory {
  readonly #maxBytes: number
  readonly #evict: () => boolean
  readonly #free: Buffer[] = []
  #bytes = 0

  /** @param evict lets the least recently used chunk go; false where there is none. Somebody may hold it still */
  constructor (maxBytes: number, evict: () => boolean) {
    this.#maxBytes = maxBytes
    this.#evict = evict
  }

  take (bytes: number): Buffer {
    const isWhole = bytes === CHUNK_BYTES
    do {
      const free = isWhole || this.#bytes + bytes > this.#maxBytes ? this.#free.pop() : undefined
      if (free !== undefined && isWhole) return free
      if (free !== undefined) this.#bytes -= CHUNK_BYTES
    } while (this.#bytes + bytes > this.#maxBytes && (this.#free.length > 0 || this.#evict()))
    this.#bytes += bytes
    // V8 collects garbage for every 64 MiB of ArrayBuffers, though what is used again is none; shared ones it does not
    // count. Shorter memory is garbage soon.
    return isWhole ? Buffer.from(new SharedArrayBuffer(bytes)) : Buffer.allocUnsafeSlow(bytes)
  }

  giveBack (memory: Buffer): void {
    if (memory.length === CHUNK_BYTES && this.#bytes <= this.#maxBytes) this.#free.push(memory)
    else this.#bytes -= memory.length
  }
}
