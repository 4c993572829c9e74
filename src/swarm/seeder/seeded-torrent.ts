import { createHash, hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PieceDigests } from '../../torrent/piece-digests.js'
import type { Requester } from '../../objects/requester.js'
import { CHUNK_BYTES } from '../../delivery/chunk.js'
import type { Chunk } from '../../delivery/chunk.js'
import type { Content } from '../../delivery/content.js'
import type { Delivery } from '../../delivery/delivery.js'
import type { BlockRequest } from './block-requests.js'
import { CheckedChunks } from './checked-chunks.js'
import { TorrentHashes } from './torrent-hashes.js'
import type { Version2 } from './torrent-hashes.js'

export interface SeededTorrentParts {
  readonly content: Content
  readonly everybody: Requester
  readonly delivery: Pick<Delivery, 'chunk' | 'forget'>
  /** The info dictionary, as it is written. */
  readonly info: Buffer
  readonly digests: PieceDigests
  readonly pieceLength: number
  /** Undefined: the torrent has version 1 alone. */
  readonly version2?: Version2 | undefined
}

/** The origin gave bytes that are not what was hashed. */
export class WrongPiece extends Error {
  override name = 'WrongPiece'
}

/**
 * A torrent as peers ask for it: blocks of pieces, none of which leaves before the whole piece was seen to be right,
 * once for as long as it is in memory.
 */
export class SeededTorrent {
  readonly #parts: SeededTorrentParts
  /** Undefined: it has version 1 alone. */
  readonly hashes: TorrentHashes | undefined
  /** The pieces that were checked in a chunk, as long as that is in memory. */
  readonly #checked = new WeakMap<Chunk, Set<number>>()
  /** Pieces of several chunks. */
  readonly #checking = new Map<number, Promise<void>>()

  constructor (parts: SeededTorrentParts) {
    this.#parts = parts
    this.hashes = parts.version2 && new TorrentHashes(parts.version2)
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

  /**
   * The chunks of a block that exists, whose piece was seen to be right.
   * @throws WrongPiece; OriginRefusal, OriginUnavailable, the signal's reason
   */
  async hold (block: BlockRequest, signal: AbortSignal): Promise<CheckedChunks> {
    const { pieceLength } = this.#parts
    const numbers = this.#chunksOf(block)
    const chunks = await this.#chunks(numbers, signal)
    const held = new CheckedChunks(
      numbers[0] ?? 0, chunks, { pieceLength, isRight: (index, chunk) => this.#isRight(index, chunk) }
    )
    try {
      while (held.blockOf(block) === undefined) {
        await this.#checkWhole(block.index, new Map(numbers.map((number, i) => [number, chunks[i]])), signal)
      }
      return held
    } catch (error) {
      held.release()
      throw error
    }
  }

  /** Begins to read the chunk in which a block begins. What fails here fails again when it is waited for. */
  readAhead (block: BlockRequest, signal: AbortSignal): void {
    this.#chunks([this.chunkOf(block)], signal).then(releaseAll, () => {})
  }

  /** The number of the chunk in which a block begins. */
  chunkOf ({ index, offset }: BlockRequest): number {
    return Math.floor((index * this.#parts.pieceLength + offset) / CHUNK_BYTES)
  }

  /** The numbers of its chunks. */
  #chunksOf (block: BlockRequest): number[] {
    const first = this.chunkOf(block)
    const last = this.chunkOf({ ...block, offset: block.offset + block.length - 1 })
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  }

  /** All of them, or none is held. */
  async #chunks (numbers: readonly number[], signal: AbortSignal): Promise<Chunk[]> {
    const { content, everybody, delivery } = this.#parts
    const reads = await Promise.allSettled(numbers.map((number) => delivery.chunk(content, everybody, number, signal)))
    const chunks = reads.flatMap((read) => read.status === 'fulfilled' ? [read.value] : [])
    const failed = reads.find((read) => read.status === 'rejected')
    if (failed === undefined) return chunks
    releaseAll(chunks)
    throw failed.reason
  }

  #isRight (index: number, chunk: Chunk): boolean {
    if (this.#checked.get(chunk)?.has(index) === true) return true
    const { pieceLength, digests } = this.#parts
    if (pieceLength > CHUNK_BYTES) return false
    const begin = index * pieceLength % CHUNK_BYTES
    const digest = hash('sha1', chunk.bytes.subarray(begin, begin + this.lengthOf(index)), 'buffer')
    if (!digest.equals(digests.at(index))) this.#wrong(index)
    this.#mark(index, chunk)
    return true
  }

  /**
   * A piece of several chunks. Where somebody else is checking it, and has read other chunks than the caller holds, the
   * caller asks again.
   * @param mine chunks that the caller holds, by number
   */
  async #checkWhole (index: number, mine: ReadonlyMap<number, Chunk | undefined>, signal: AbortSignal): Promise<void> {
    const numbers = this.#chunksOf({ index, offset: 0, length: this.lengthOf(index) })
    const others = numbers.filter((number) => !mine.has(number))
    const read = this.#checking.get(index) === undefined ? await this.#chunks(others, signal) : []
    try {
      const running = this.#checking.get(index)
      if (running !== undefined) return await running
      const all = new Map([...mine, ...others.map((number, i) => [number, read[i]] as const)])
      const checking = this.#check(index, numbers.flatMap((number) => all.get(number) ?? []))
        .finally(() => this.#checking.delete(index))
      this.#checking.set(index, checking)
      await checking
    } finally {
      releaseAll(read)
    }
  }

  async #check (index: number, chunks: readonly Chunk[]): Promise<void> {
    const sha1 = createHash('sha1')
    for (const { bytes } of chunks) {
      sha1.update(bytes)
      await nextTurn() // others are served between two chunks
    }
    if (!sha1.digest().equals(this.#parts.digests.at(index))) this.#wrong(index)
    for (const chunk of chunks) this.#mark(index, chunk)
  }

  /** The origin may come to its senses: it is asked anew. */
  #wrong (index: number): never {
    const { content, delivery } = this.#parts
    for (const number of this.#chunksOf({ index, offset: 0, length: this.lengthOf(index) })) {
      delivery.forget(content, number)
    }
    throw new WrongPiece(`piece ${index} is not what was hashed`)
  }

  #mark (index: number, chunk: Chunk): void {
    this.#checked.set(chunk, (this.#checked.get(chunk) ?? new Set()).add(index))
  }
}

function releaseAll (chunks: readonly Chunk[]): void {
  for (const chunk of chunks) chunk.release()
}
