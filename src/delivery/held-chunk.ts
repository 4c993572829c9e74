import type { Chunk } from './chunk.js'
import type { ChunkMemory } from './chunk-memory.js'

/** A chunk whose memory is given back when it has left the cache and nobody holds it anymore. */
export class HeldChunk implements Chunk {
  readonly bytes: Buffer
  readonly #memory: ChunkMemory
  #holds = 1

  /** Held once: by the cache. */
  constructor (bytes: Buffer, memory: ChunkMemory) {
    this.bytes = bytes
    this.#memory = memory
  }

  hold (): this {
    this.#holds++
    return this
  }

  release (): void {
    if (--this.#holds === 0) this.#memory.giveBack(this.bytes)
  }
}
