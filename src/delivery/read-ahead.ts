import { CHUNK_BYTES } from './chunk.js'
import type { ChunkCache, Load } from './chunk-cache.js'
import type { Content } from './content.js'

export interface ReadAheadParts {
  readonly cache: ChunkCache
  readonly content: Content
  /** The last byte that is wanted. */
  readonly last: number
  readonly load: Load
  /** How many chunks a recipient may have waiting for it, of the cache that all share. */
  readonly share: () => number
}

const MAX_AHEAD = 16
/** A window is read by so many reads at once: of some stores one connection is slow. */
const READS = 4

/**
 * What a recipient will want next is read before it comes for it: as many chunks as it has taken, so that who leaves
 * leaves little behind; several in a row by one read.
 */
export class ReadAhead {
  readonly #parts: ReadAheadParts
  #taken = 0

  constructor (parts: ReadAheadParts) {
    this.#parts = parts
  }

  /** The recipient comes to this chunk. What fails here fails again when it is waited for. */
  enter (index: number, signal: AbortSignal): void {
    const { cache, content, last, share } = this.#parts
    const window = Math.min(this.#taken++, MAX_AHEAD, share())
    const run = Math.max(1, Math.floor(window / READS))
    const lastChunk = Math.floor(last / CHUNK_BYTES)
    const end = Math.min(index + window, lastChunk)
    let next = index
    while (next <= end && cache.hasOrLoads(content, next)) next++
    for (; next <= end; next += run) {
      const chunks = Math.min(run, end - next + 1)
      if (chunks < run && end < lastChunk) return // else there would be a read for each chunk
      this.#read(next, chunks, signal)
    }
  }

  #read (first: number, chunks: number, signal: AbortSignal): void {
    const { cache, content, load } = this.#parts
    for (let i = 0; i < chunks; i++) {
      cache.get(content, first + i, chunks - i, load, signal).then((chunk) => chunk.release(), () => {})
    }
  }
}
