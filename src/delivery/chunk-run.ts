import type { ByteSink } from '../objects/byte-sink.js'
import type { Part } from '../objects/objects.js'
import { CHUNK_BYTES } from './chunk.js'
import type { ChunkMemory } from './chunk-memory.js'
import { HeldChunk } from './held-chunk.js'

/** What becomes of the chunks of a run. */
export interface ChunkRunParts {
  /** The first chunk of the run, and how many there are. */
  readonly first: number
  readonly chunks: number
  /** Bytes of a chunk. */
  readonly lengthOf: (index: number) => number
  readonly memory: ChunkMemory
  /** Told of each chunk that is whole, in order; whoever is told releases it. */
  readonly onChunk: (index: number, chunk: HeldChunk) => void
}

/** Chunks one after the other, as the bytes of one read fill them. */
export class ChunkRun implements ByteSink {
  readonly #parts: ChunkRunParts
  #index: number
  #filling: Buffer | undefined
  #filled = 0

  constructor (parts: ChunkRunParts) {
    this.#parts = parts
    this.#index = parts.first
  }

  /** Its bytes in the object, `last` inclusive. */
  get part (): Part {
    const { first, chunks, lengthOf } = this.#parts
    const last = first + chunks - 1
    return { first: first * CHUNK_BYTES, last: last * CHUNK_BYTES + lengthOf(last) - 1 }
  }

  get isWhole (): boolean {
    return this.#index >= this.#parts.first + this.#parts.chunks
  }

  room (): Buffer {
    if (this.isWhole) throw new Error('there is no room behind the last chunk')
    const { memory, lengthOf } = this.#parts
    this.#filling ??= memory.take(lengthOf(this.#index))
    return this.#filling.subarray(this.#filled)
  }

  take (bytes: Buffer): undefined {
    const filling = this.#filling
    this.#filled += bytes.length
    if (filling === undefined || this.#filled < filling.length) return
    this.#filling = undefined
    this.#filled = 0
    const { memory, onChunk } = this.#parts
    onChunk(this.#index++, new HeldChunk(filling, memory))
  }

  /** The read has ended: what is not whole never will be. */
  end (): void {
    if (this.#filling !== undefined) this.#parts.memory.giveBack(this.#filling)
    this.#filling = undefined
  }
}
