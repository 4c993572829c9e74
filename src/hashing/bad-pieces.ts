import type { Segment } from './segment.js'

/**
 * Why pieces are bad. `differs`: their bytes are not those of the torrent; `somewhere`: one of them at least differs,
 * and the torrent does not say by which hashes to tell which; `missing`: some of their bytes are not there; `version 1`
 * and `version 2`: they differ by this half of a hybrid alone, so the torrent contradicts itself.
 */
export type BadWhy = 'differs' | 'somewhere' | 'missing' | 'version 1' | 'version 2'

/** Consecutive pieces that are bad in the same way. */
export interface BadRun extends Segment {
  readonly why: BadWhy
}

/** Bad pieces, which are noted in order. */
export class BadPieces {
  readonly runs: Array<{ firstPiece: number, pieces: number, why: BadWhy }> = []

  add (firstPiece: number, why: BadWhy, pieces = 1): void {
    const last = this.runs.at(-1)
    if (last !== undefined && last.why === why && last.firstPiece + last.pieces === firstPiece) last.pieces += pieces
    else this.runs.push({ firstPiece, pieces, why })
  }
}
