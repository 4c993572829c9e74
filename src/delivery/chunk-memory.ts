import { CHUNK_BYTES } from './chunk.js'

/** As many as the largest reads ahead need at once; more are given back to the system. */
const MAX_FREE = 64

/**
 * Memory for chunks, used again and again: fresh buffers of 1 MiB would be most of what the garbage collector does
 * (bench row web-seed).
 */
export class ChunkMemory {
  readonly #free: Buffer[] = []

  take (bytes: number): Buffer {
    if (bytes < CHUNK_BYTES) return Buffer.allocUnsafeSlow(bytes)
    // V8 collects garbage for every 64 MiB of ArrayBuffers, though this is none; shared ones it does not count.
    return this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(CHUNK_BYTES))
  }

  giveBack (memory: Buffer): void {
    if (memory.length === CHUNK_BYTES && this.#free.length < MAX_FREE) this.#free.push(memory)
  }
}
