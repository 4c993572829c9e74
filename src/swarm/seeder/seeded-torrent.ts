import { createHash } from 'node:crypto'
import type { PieceDigests } from '../../torrent/piece-digests.js'
import type { Requester } from '../../objects/requester.js'
import type { Content } from '../../delivery/content.js'
import { CHUNK_BYTES } from '../../delivery/chunk.js'
import type { Chunk } from '../../delivery/chunk.js'
import type { Delivery } from '../../delivery/delivery.js'

export interface SeededTorrentParts {
  readonly content: Content
  readonly everybody: Requester
  readonly delivery: Pick<Delivery, 'chunk' | 'forget'>
  /** The info dictionary, as it is written. */
  readonly info: Buffer
  readonly digests: PieceDigests
  readonly pieceLength: number
}

/** The origin gave bytes that are not what was hashed. */
export class WrongPiece extends Error {
  override name = 'WrongPiece'
}

/**
 * A torrent as peers ask for it: blocks of pieces, none of which leaves before the whole piece was seen to be right.
 */
export class SeededTorrent {
  readonly #parts: SeededTorrentParts
  /** The pieces that were checked in a chunk, as long as that is in memory. */
  readonly #checked = new WeakMap<Chunk, Set<number>>()
  readonly #checking = new Map<number, Promise<void>>()

  constructor (parts: SeededTorrentParts) {
    this.#parts = parts
  }

  get info (): Buffer {
    return this.#parts.info
  }

  get pieces (): number {
    return this.#parts.digests.pieces
  }

  /** Bytes of a piece; 0 where there is none. */
  lengthOf (index: number): number {
    const { pieceLength, content: { size } } = this.#parts
    return index >= 0 && index < this.pieces ? Math.min(pieceLength, size - index * pieceLength) : 0
  }

  /** A copy of a part of a piece. @throws WrongPiece; OriginRefusal, OriginUnavailable, the signal's reason */
  async block (index: number, offset: number, length: number, signal: AbortSignal): Promise<Buffer> {
    const { pieceLength } = this.#parts
    const first = index * pieceLength + offset
    const chunks = await this.#chunksOf(index, signal)
    try {
      await this.#assertChecked(index, chunks)
      const begin = Math.floor(index * pieceLength / CHUNK_BYTES) * CHUNK_BYTES // of the first of the chunks
      const block = Buffer.allocUnsafe(length)
      for (let at = 0; at < length;) {
        const position = first + at - begin
        const chunk = chunks[Math.floor(position / CHUNK_BYTES)]
        at += chunk?.bytes.copy(block, at, position % CHUNK_BYTES) ?? length
      }
      return block
    } finally {
      for (const chunk of chunks) chunk.release()
    }
  }

  async #assertChecked (index: number, chunks: readonly Chunk[]): Promise<void> {
    while (!chunks.every((chunk) => this.#checked.get(chunk)?.has(index))) {
      const running = this.#checking.get(index)
      if (running === undefined) {
        const checking = this.#check(index, chunks).finally(() => this.#checking.delete(index))
        this.#checking.set(index, checking)
        await checking
      } else await running // of other chunks, it may be: they may have gone from the cache, and come back
    }
  }

  async #chunksOf (index: number, signal: AbortSignal): Promise<Chunk[]> {
    const { content, everybody, delivery } = this.#parts
    const asked = await Promise.allSettled(
      this.#chunkNumbers(index).map((chunk) => delivery.chunk(content, everybody, chunk, signal))
    )
    const failed = asked.find((one) => one.status === 'rejected')
    const chunks = asked.flatMap((one) => one.status === 'fulfilled' ? [one.value] : [])
    if (failed === undefined) return chunks
    for (const chunk of chunks) chunk.release()
    throw failed.reason
  }

  #chunkNumbers (index: number): number[] {
    const begin = index * this.#parts.pieceLength
    const first = Math.floor(begin / CHUNK_BYTES)
    const last = Math.floor((begin + this.lengthOf(index) - 1) / CHUNK_BYTES)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  }

  async #check (index: number, chunks: readonly Chunk[]): Promise<void> {
    const { content, delivery, pieceLength, digests } = this.#parts
    const hash = createHash('sha1')
    const begin = index * pieceLength % CHUNK_BYTES // 0 where a piece has several chunks: both are powers of two
    for (const chunk of chunks) {
      hash.update(chunk.bytes.subarray(begin, begin + Math.min(this.lengthOf(index), CHUNK_BYTES)))
      await nextTurn() // others are served between two chunks
    }
    if (!hash.digest().equals(digests.at(index))) {
      // The origin may come to its senses.
      for (const chunk of this.#chunkNumbers(index)) delivery.forget(content, chunk)
      throw new WrongPiece(`piece ${index} is not what was hashed`)
    }
    for (const chunk of chunks) this.#checked.set(chunk, (this.#checked.get(chunk) ?? new Set()).add(index))
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
