import { LRUCache } from 'lru-cache'
import type { ByteSink } from '../objects/byte-sink.js'
import type { Part } from '../objects/objects.js'
import { FairSlots } from '../util/fair-slots.js'
import { CHUNK_BYTES } from './chunk.js'
import type { Chunk } from './chunk.js'
import { ChunkMemory } from './chunk-memory.js'
import { ChunkRun } from './chunk-run.js'
import { contentId } from './content.js'
import type { Content } from './content.js'
import type { HeldChunk } from './held-chunk.js'
import { WaitingForChunks } from './waiting-for-chunks.js'

export interface ChunkCacheOptions {
  /** Bytes kept at most. */
  readonly maxBytes: number
  /** Reads that run at once. */
  readonly reads: number
}

/** What a chunk of a small object costs besides its bytes. */
const LEAST_BYTES = 1024

/** Reads a part of an object into a sink. */
export type Load = (part: Part, sink: ByteSink, signal: AbortSignal) => Promise<void>

/**
 * Chunks of objects in memory, shared by all recipients; the chunk that was used least recently goes first. A chunk is
 * read once for all who wait for it, several in a row by one read. Whoever gets a chunk releases it.
 */
export class ChunkCache {
  readonly #chunks: LRUCache<string, HeldChunk>
  readonly #memory: ChunkMemory
  /** Who waits for the chunks that are being read, by chunk. */
  readonly #loading = new Map<string, WaitingForChunks>()
  readonly #reads: FairSlots<string>

  constructor ({ maxBytes, reads }: ChunkCacheOptions) {
    this.#chunks = new LRUCache({
      maxSize: Math.max(1, maxBytes), // it takes 0 for no limit
      sizeCalculation: ({ bytes }) => Math.max(bytes.length, LEAST_BYTES),
      dispose: (chunk) => chunk.release()
    })
    this.#memory = new ChunkMemory(maxBytes, () => this.#chunks.pop() !== undefined)
    this.#reads = new FairSlots(reads)
  }

  /** The chunk, if it is here. */
  peek (content: Content, index: number): Chunk | undefined {
    return this.#chunks.get(idOf(content, index))?.hold()
  }

  /** Whether the chunk is here, or is being read. */
  hasOrLoads (content: Content, index: number): boolean {
    const id = idOf(content, index)
    return this.#chunks.has(id) || this.#loading.has(id)
  }

  /**
   * The chunk, from here or from `load`, whose signal fires when nobody waits for any chunk of its read anymore.
   * @param run how many chunks are read with it, at most: those behind it that are not here
   * @throws as load, or the signal's reason
   */
  async get (content: Content, index: number, run: number, load: Load, signal: AbortSignal): Promise<Chunk> {
    signal.throwIfAborted()
    const chunk = this.peek(content, index)
    if (chunk !== undefined) return chunk
    const loading = this.#loading.get(idOf(content, index)) ?? this.#begin(content, index, run, load)
    return loading.wait(index, signal)
  }

  /** A part that is not kept, read in its turn. @throws as load, the signal's reason */
  read (content: Content, part: Part, sink: ByteSink, load: Load, signal: AbortSignal): Promise<void> {
    return this.#reads.use(content.sharer ?? contentId(content), () => load(part, sink, signal), signal)
  }

  /** The chunk is not what it should be: the next request for it reads it again. */
  forget (content: Content, index: number): void {
    this.#chunks.delete(idOf(content, index))
  }

  #begin (content: Content, first: number, run: number, load: Load): WaitingForChunks {
    let chunks = 1
    while (chunks < run && !this.hasOrLoads(content, first + chunks)) chunks++
    const waiting = new WaitingForChunks()
    const ids = Array.from({ length: chunks }, (_, i) => idOf(content, first + i))
    for (const id of ids) this.#loading.set(id, waiting)
    // Whoever comes later begins anew.
    const leave = (id: string): void => { if (this.#loading.get(id) === waiting) this.#loading.delete(id) }
    const leaveAll = (): void => ids.forEach(leave)
    waiting.signal.addEventListener('abort', leaveAll, { once: true })
    const into = new ChunkRun({
      first,
      chunks,
      lengthOf: (index) => lengthOf(content, index),
      memory: this.#memory,
      onChunk: (index, chunk) => {
        const id = idOf(content, index)
        leave(id)
        waiting.give(index, chunk)
        this.#chunks.set(id, chunk)
        if (!this.#chunks.has(id)) chunk.release() // it is larger than all that is kept
      }
    })
    this.#load(content, into, load, waiting.signal).catch((error: unknown) => {
      leaveAll()
      waiting.fail(error)
    })
    return waiting
  }

  async #load (content: Content, into: ChunkRun, load: Load, signal: AbortSignal): Promise<void> {
    try {
      await this.read(content, into.part, into, load, signal)
      if (!into.isWhole) throw new Error('a read gave fewer bytes than it was to give')
    } finally {
      into.end()
    }
  }
}

/** Bytes of a chunk. */
function lengthOf ({ size }: Content, index: number): number {
  return Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES)
}

function idOf (content: Content, index: number): string {
  return `${index} ${contentId(content)}`
}
