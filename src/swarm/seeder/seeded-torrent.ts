import type { Chunk } from '../../delivery/chunk.js'
import type { Delivery } from '../../delivery/delivery.js'
import type { PieceDigests } from '../../torrent/piece-digests.js'
import { inLanes } from '../../util/in-lanes.js'
import type { BlockRequest } from './block-requests.js'
import { CheckedChunks } from './checked-chunks.js'
import { isLongPieceRight, isPieceRight } from './piece-check.js'
import type { CheckedPiece } from './piece-check.js'
import { PieceSpace } from './piece-space.js'
import type { FileChunk, PieceSpaceParts, Span } from './piece-space.js'
import { TorrentHashes } from './torrent-hashes.js'
import type { Version2 } from './torrent-hashes.js'

export interface SeededTorrentParts extends PieceSpaceParts {
  readonly delivery: Pick<Delivery, 'chunk' | 'forget'>
  /** The info dictionary, as it is written. */
  readonly info: Buffer
  readonly digests: PieceDigests
  /** Undefined: the torrent has version 1 alone. */
  readonly version2?: Version2 | undefined
}

/** Of one block or piece. */
const READS_AT_ONCE = 32

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
  readonly #space: PieceSpace
  /** Undefined: it has version 1 alone. */
  readonly hashes: TorrentHashes | undefined
  /** The pieces that were checked in a chunk, as long as that is in memory. */
  readonly #checked = new WeakMap<Chunk, Set<number>>()
  /** Pieces of several chunks. */
  readonly #checking = new Map<number, Promise<void>>()

  constructor (parts: SeededTorrentParts) {
    this.#parts = parts
    this.#space = new PieceSpace(parts)
    this.hashes = parts.version2 && new TorrentHashes(parts.version2)
  }

  get info (): Buffer {
    return this.#parts.info
  }

  get pieces (): number {
    return this.#space.pieces
  }

  /** Bytes of a piece; 0 where there is none. */
  lengthOf (index: number): number {
    return this.#space.lengthOf(index)
  }

  /**
   * The chunks of a block that exists, whose piece was seen to be right.
   * @throws WrongPiece; OriginRefusal, OriginUnavailable, the signal's reason
   */
  async hold (block: BlockRequest, signal: AbortSignal): Promise<CheckedChunks> {
    const chunks = await this.#chunks(chunksOf(this.#space.spansOf(block)), signal)
    const held = new CheckedChunks(chunks, this.#space, (index, chunk) => this.#isRight(index, chunk))
    try {
      while (held.blockOf(block) === undefined) await this.#checkWhole(block.index, chunks, signal)
      return held
    } catch (error) {
      held.release()
      throw error
    }
  }

  /** Begins to read the chunk in which a block begins. What fails here fails again when it is waited for. */
  readAhead (block: BlockRequest, signal: AbortSignal): void {
    const [first] = chunksOf(this.#space.spansOf(block))
    if (first !== undefined) this.#chunks([first], signal).then(releaseAll, () => {})
  }

  /** The id of the chunk in which a block begins; undefined where it is zeros. */
  chunkOf (block: BlockRequest): number | undefined {
    return chunksOf(this.#space.spansOf(block))[0]?.id
  }

  /** All of them, by id, or none is held. */
  async #chunks (wanted: readonly FileChunk[], signal: AbortSignal): Promise<Map<number, Chunk>> {
    const { delivery } = this.#parts
    const chunks = new Map<number, Chunk>()
    const [first, ...others] = wanted
    if (first !== undefined && others.length === 0) {
      return chunks.set(first.id, await delivery.chunk(first.content, first.everybody, first.index, signal))
    }
    try {
      // A piece may be of ten thousand small files.
      await inLanes(READS_AT_ONCE, wanted, async ({ id, content, everybody, index }, signal) => {
        chunks.set(id, await delivery.chunk(content, everybody, index, signal))
      }, signal)
      return chunks
    } catch (error) {
      releaseAll(chunks)
      throw error
    }
  }

  #isRight (index: number, chunk: Chunk): boolean {
    if (this.#checked.get(chunk)?.has(index) === true) return true
    const spans = this.#space.pieceAt(index)
    if (chunksOf(spans).length > 1) return false
    if (!isPieceRight(spans.map((span) => bytesOf(span, chunk)), this.#piece(index), this.#parts.digests)) {
      this.#wrong(index)
    }
    this.#mark(index, chunk)
    return true
  }

  /**
   * A piece of several chunks. Where somebody else is checking it, and has read other chunks than the caller holds, the
   * caller asks again.
   * @param mine chunks that the caller holds, by id
   */
  async #checkWhole (index: number, mine: ReadonlyMap<number, Chunk>, signal: AbortSignal): Promise<void> {
    const others = chunksOf(this.#space.pieceAt(index)).filter(({ id }) => !mine.has(id))
    const read = this.#checking.get(index) === undefined ? await this.#chunks(others, signal) : new Map<number, Chunk>()
    try {
      const running = this.#checking.get(index)
      if (running !== undefined) return await running
      const checking = this.#check(index, new Map([...mine, ...read])).finally(() => this.#checking.delete(index))
      this.#checking.set(index, checking)
      await checking
    } finally {
      releaseAll(read)
    }
  }

  async #check (index: number, chunks: ReadonlyMap<number, Chunk>): Promise<void> {
    const spans = this.#space.pieceAt(index)
    const bytes = spans.map((span) => bytesOf(span, 'zeros' in span ? undefined : chunks.get(span.chunk.id)))
    if (!await isLongPieceRight(bytes, this.#piece(index), this.#parts.digests)) this.#wrong(index)
    for (const { id } of chunksOf(spans)) {
      const chunk = chunks.get(id)
      if (chunk !== undefined) this.#mark(index, chunk)
    }
  }

  #piece (index: number): CheckedPiece {
    return { index, pieceLength: this.#parts.pieceLength, isWholeFile: this.#space.isWholeFile(index) }
  }

  /** The origin may come to its senses: it is asked anew. */
  #wrong (index: number): never {
    for (const { content, index: number } of chunksOf(this.#space.pieceAt(index))) {
      this.#parts.delivery.forget(content, number)
    }
    throw new WrongPiece(`piece ${index} is not what was hashed`)
  }

  #mark (index: number, chunk: Chunk): void {
    this.#checked.set(chunk, (this.#checked.get(chunk) ?? new Set()).add(index))
  }
}

function chunksOf (spans: readonly Span[]): FileChunk[] {
  return spans.flatMap((span) => 'zeros' in span ? [] : [span.chunk])
}

function bytesOf (span: Span, chunk: Chunk | undefined): Buffer | { readonly zeros: number } {
  if ('zeros' in span) return span
  if (chunk === undefined) throw new TypeError('a chunk of a piece is not held')
  return chunk.bytes.subarray(span.begin, span.end)
}

function releaseAll (chunks: ReadonlyMap<number, Chunk>): void {
  for (const chunk of chunks.values()) chunk.release()
}
