import { CHUNK_BYTES } from '../../delivery/chunk.js'
import type { Content } from '../../delivery/content.js'
import type { Requester } from '../../objects/requester.js'
import type { LaidFile, Layout } from '../../torrent/layout.js'
import type { MetaVersion } from '../../torrent/meta-version.js'
import type { BlockRequest } from './block-requests.js'

/** A file's object, and on whose behalf it is read. */
export interface SeededFile {
  readonly content: Content
  readonly everybody: Requester
}

/** A chunk of one of a torrent's files. */
export interface FileChunk extends SeededFile {
  /** Among the chunks of all files. */
  readonly id: number
  /** In its file. */
  readonly index: number
}

/** Bytes `begin` to before `end` of a chunk; or so many zeros, of a pad (BEP 47). */
export type Span = { readonly chunk: FileChunk, readonly begin: number, readonly end: number } | {
  readonly zeros: number
}

export interface PieceSpaceParts {
  readonly layout: Layout
  readonly pieceLength: number
  readonly metaVersion: MetaVersion
  /** Of the layout's files. */
  readonly fileAt: (file: number) => SeededFile
}

interface PlacedFile extends LaidFile {
  readonly number: number
  /** The id of its first chunk. */
  readonly firstChunk: number
}

/** The pieces of a torrent over the chunks of its files. */
export class PieceSpace {
  readonly pieces: number
  readonly #parts: PieceSpaceParts
  /** Those that have bytes, in order. */
  readonly #files: readonly PlacedFile[]
  readonly #size: number

  constructor (parts: PieceSpaceParts) {
    const { layout, pieceLength, metaVersion } = parts
    this.#parts = parts
    let firstChunk = 0
    this.#files = layout.files.flatMap((file, number) => {
      if (file.length === 0) return []
      const placed = { ...file, number, firstChunk }
      firstChunk += Math.ceil(file.length / CHUNK_BYTES)
      return [placed]
    })
    this.pieces = Math.ceil(layout.size / pieceLength)
    // libtorrent 2.0 asks for the last block of a file of version 2 as a whole one.
    this.#size = metaVersion === 2 ? this.pieces * pieceLength : layout.size
  }

  /** Bytes of a piece, pads included; 0 where there is none. */
  lengthOf (index: number): number {
    const { pieceLength } = this.#parts
    return index >= 0 && index < this.pieces ? Math.min(pieceLength, this.#size - index * pieceLength) : 0
  }

  /** What a block that exists is made of, in order. */
  spansOf ({ index, offset, length }: BlockRequest): Span[] {
    const spans: Span[] = []
    let position = index * this.#parts.pieceLength + offset
    const end = position + length
    for (let at = this.#firstFrom(position); position < end; at++) {
      const file = this.#files[at]
      const begin = Math.min(file?.offset ?? end, end)
      if (begin > position) spans.push({ zeros: begin - position })
      position = Math.max(position, begin)
      if (file === undefined) break
      for (const last = Math.min(end, file.offset + file.length); position < last;) {
        const span = this.#spanAt(file, position - file.offset, last - position)
        spans.push(span)
        position += span.end - span.begin
      }
    }
    return spans
  }

  /** What a piece is made of. */
  pieceAt (index: number): Span[] {
    return this.spansOf({ index, offset: 0, length: this.lengthOf(index) })
  }

  /** Whether a piece is all of its file, whose hash tree is then as low as it can be (BEP 52). */
  isWholeFile (index: number): boolean {
    const { pieceLength } = this.#parts
    const file = this.#files[this.#firstFrom(index * pieceLength)]
    return file !== undefined && file.length <= pieceLength
  }

  #spanAt (file: PlacedFile, position: number, length: number): Extract<Span, { chunk: FileChunk }> {
    const index = Math.floor(position / CHUNK_BYTES)
    const begin = position - index * CHUNK_BYTES
    const chunk = { ...this.#parts.fileAt(file.number), id: file.firstChunk + index, index }
    return { chunk, begin, end: Math.min(begin + length, CHUNK_BYTES) }
  }

  /** The first file that ends behind a position. */
  #firstFrom (position: number): number {
    let [low, high] = [0, this.#files.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const file = this.#files[middle]
      if (file !== undefined && file.offset + file.length <= position) low = middle + 1
      else high = middle
    }
    return low
  }
}
