import type { Chunk } from '../../delivery/chunk.js'
import { zeros } from '../../util/zeros.js'
import type { BlockRequest } from './block-requests.js'
import type { PieceSpace } from './piece-space.js'

/** Chunks that are held for blocks of pieces that were seen to be right. Whoever gets it releases it, once. */
export class CheckedChunks {
  /** By id. */
  readonly #chunks: ReadonlyMap<number, Chunk>
  readonly #space: PieceSpace
  /** Whether a piece was seen to be right; checks it where it is in one chunk. @throws WrongPiece */
  readonly #isRight: (index: number, chunk: Chunk) => boolean

  constructor (
    chunks: ReadonlyMap<number, Chunk>, space: PieceSpace, isRight: (index: number, chunk: Chunk) => boolean
  ) {
    this.#chunks = chunks
    this.#space = space
    this.#isRight = isRight
  }

  /**
   * A block that exists, as views that are good until `release`; undefined where it is not, or not wholly, in these
   * chunks, or its piece was not checked yet.
   * @throws WrongPiece
   */
  blockOf (block: BlockRequest): Buffer[] | undefined {
    const views: Buffer[] = []
    for (const span of this.#space.spansOf(block)) {
      if ('zeros' in span) {
        views.push(...zeros(span.zeros))
        continue
      }
      const chunk = this.#chunks.get(span.chunk.id)
      if (chunk === undefined || !this.#isRight(block.index, chunk)) return undefined
      views.push(chunk.bytes.subarray(span.begin, span.end))
    }
    return views
  }

  /** How many they are. */
  get count (): number {
    return this.#chunks.size
  }

  release (): void {
    for (const chunk of this.#chunks.values()) chunk.release()
  }
}
