import { CHUNK_BYTES } from '../../delivery/chunk.js'
import type { Chunk } from '../../delivery/chunk.js'
import type { BlockRequest } from './block-requests.js'

/**
 * Chunks that follow one another, held for blocks of pieces that were seen to be right. Whoever gets it releases it,
 * once.
 */
export class CheckedChunks {
  /** Of the first byte, in the object. */
  readonly #begin: number
  readonly #chunks: readonly Chunk[]
  readonly #pieceLength: number
  /** Whether a piece was seen to be right; checks it where it is in one chunk. @throws WrongPiece */
  readonly #isRight: (index: number, chunk: Chunk) => boolean

  constructor (
    first: number,
    chunks: readonly Chunk[],
    { pieceLength, isRight }: { pieceLength: number, isRight: (index: number, chunk: Chunk) => boolean }
  ) {
    this.#begin = first * CHUNK_BYTES
    this.#chunks = chunks
    this.#pieceLength = pieceLength
    this.#isRight = isRight
  }

  /**
   * A block that exists, as views that are good until `release`; undefined where it is not, or not wholly, in these
   * chunks, or its piece was not checked yet.
   * @throws WrongPiece
   */
  blockOf ({ index, offset, length }: BlockRequest): Buffer[] | undefined {
    const views: Buffer[] = []
    let position = index * this.#pieceLength + offset - this.#begin
    const end = position + length
    if (position < 0 || end > this.#chunks.length * CHUNK_BYTES) return undefined
    while (position < end) {
      const chunk = this.#chunks[Math.floor(position / CHUNK_BYTES)]
      if (chunk === undefined || !this.#isRight(index, chunk)) return undefined
      const within = position % CHUNK_BYTES
      const view = chunk.bytes.subarray(within, Math.min(within + end - position, CHUNK_BYTES))
      views.push(view)
      position += view.length
    }
    return views
  }

  /** How many they are. */
  get count (): number {
    return this.#chunks.length
  }

  release (): void {
    for (const chunk of this.#chunks) chunk.release()
  }
}
