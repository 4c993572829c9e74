import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { BLOCK_BYTES, leavesOf, rootOf } from '../../torrent/merkle.js'
import { hasV1 } from '../../torrent/meta-version.js'
import type { PieceDigests } from '../../torrent/piece-digests.js'
import { zeros } from '../../util/zeros.js'

/** Bytes of a piece, one behind the other, and zeros of a pad. */
export type PieceBytes = ReadonlyArray<Buffer | { readonly zeros: number }>

export interface CheckedPiece {
  readonly index: number
  readonly pieceLength: number
  /** See PieceSpace.isWholeFile. */
  readonly isWholeFile: boolean
}

/** Whether a piece is what was hashed: by its SHA-1, or in version 2 alone by its node. */
export function isPieceRight (bytes: PieceBytes, piece: CheckedPiece, digests: PieceDigests): boolean {
  const check = new Check(piece, digests)
  for (const part of bytes) check.add(part)
  return check.isRight()
}

/** The same, with others being served between two parts. */
export async function isLongPieceRight (
  bytes: PieceBytes, piece: CheckedPiece, digests: PieceDigests
): Promise<boolean> {
  const check = new Check(piece, digests)
  for (const part of bytes) {
    check.add(part)
    await nextTurn()
  }
  return check.isRight()
}

class Check {
  readonly #piece: CheckedPiece
  readonly #digests: PieceDigests
  readonly #sha1 = createHash('sha1')
  readonly #leaves: Buffer[] = []

  constructor (piece: CheckedPiece, digests: PieceDigests) {
    this.#piece = piece
    this.#digests = digests
  }

  add (part: PieceBytes[number]): void {
    if (hasV1(this.#digests.metaVersion)) {
      if (Buffer.isBuffer(part)) this.#sha1.update(part)
      else for (const some of zeros(part.zeros)) this.#sha1.update(some)
    } else if (Buffer.isBuffer(part)) {
      this.#leaves.push(leavesOf(part)) // chunks end between two blocks
    }
  }

  isRight (): boolean {
    const { index, pieceLength, isWholeFile } = this.#piece
    const expected = this.#digests.slice(index, index + 1)
    if (hasV1(this.#digests.metaVersion)) return this.#sha1.digest().equals(expected.sha1)
    const leaves = Buffer.concat(this.#leaves)
    return rootOf(leaves, 0, isWholeFile ? undefined : pieceLength / BLOCK_BYTES).equals(expected.nodes)
  }
}
