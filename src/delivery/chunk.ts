/**
 * A chunk of an object in memory, shared: nobody writes to it. It stays as it is until whoever was given it releases
 * it, once; then its memory may hold something else.
 */
export interface Chunk {
  readonly bytes: Buffer
  release (): void
}

/** Chunks are of this many bytes; the last one of an object is shorter. */
export const CHUNK_BYTES = 1024 * 1024
