import { PieceDigests } from '../torrent/piece-digests.js'
import type { DigestRun } from '../torrent/piece-digests.js'
import { pieceDigestBytes } from '../torrent/meta-version.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import type { Segment } from './segment.js'

/** The digests of an object's pieces, which come in any order. */
export class DigestList {
  /** Pieces of the object. */
  readonly pieces: number
  readonly #metaVersion: MetaVersion
  /** Bytes of the digests of one piece. */
  readonly #step: number
  readonly #digests: Buffer
  readonly #has: Uint8Array
  #there = 0
  #contiguous = 0

  constructor (pieces: number, metaVersion: MetaVersion) {
    this.pieces = pieces
    this.#metaVersion = metaVersion
    this.#step = pieceDigestBytes(metaVersion)
    this.#digests = Buffer.alloc(pieces * this.#step)
    this.#has = new Uint8Array(pieces)
  }

  /** Pieces from the first one on whose digests are all there. */
  get contiguous (): number {
    return this.#contiguous
  }

  /** Pieces whose digests are there. */
  get there (): number {
    return this.#there
  }

  get complete (): boolean {
    return this.#there === this.pieces
  }

  /** @throws RangeError on digests of pieces that the object does not have */
  set ({ firstPiece, digests: { bytes, pieces } }: DigestRun): void {
    if (firstPiece + pieces > this.pieces) throw new RangeError('digests of pieces that the object does not have')
    this.#digests.set(bytes, firstPiece * this.#step)
    for (let piece = firstPiece; piece < firstPiece + pieces; piece++) {
      if (this.#has[piece] === 0) this.#there++
      this.#has[piece] = 1
    }
    while (this.#has[this.#contiguous] === 1) this.#contiguous++
  }

  /** How many of these pieces' digests are there, from the first one on. */
  countFrom ({ firstPiece, pieces }: Segment): number {
    let count = 0
    while (count < pieces && this.#has[firstPiece + count] === 1) count++
    return count
  }

  /** The digests of pieces `from` to `to`, `to` not included. */
  slice (from: number, to: number): PieceDigests {
    return PieceDigests.of(this.#digests.subarray(from * this.#step, to * this.#step), this.#metaVersion)
  }

  missing (): Segment[] {
    const runs: Segment[] = []
    for (let piece = this.#contiguous; piece < this.pieces;) {
      const end = this.#has.indexOf(this.#has[piece] === 1 ? 0 : 1, piece)
      const next = end < 0 ? this.pieces : end
      if (this.#has[piece] === 0) runs.push({ firstPiece: piece, pieces: next - piece })
      piece = next
    }
    return runs
  }
}
