import { BLOCK_BYTES, SHA256_BYTES, rootOf } from '../torrent/merkle.js'
import { RunHasher } from './run-hasher.js'

/** The nodes of a file's pieces in its tree (BEP 52), while the file's bytes come in order. */
export class PieceNodes {
  readonly #leaves: Buffer
  readonly #blocks: RunHasher
  readonly #onNode: (node: string) => void
  #filled = 0

  /** @param onNode told of each node as a binary string */
  constructor (pieceLength: number, onNode: (node: string) => void) {
    this.#leaves = Buffer.alloc(pieceLength / BLOCK_BYTES * SHA256_BYTES)
    this.#onNode = onNode
    this.#blocks = new RunHasher('sha256', BLOCK_BYTES, (leaf) => {
      this.#filled += this.#leaves.write(leaf, this.#filled, 'binary')
      if (this.#filled === this.#leaves.length) this.#endPiece(this.#leaves.length)
    })
  }

  update (bytes: Uint8Array): void {
    this.#blocks.update(bytes)
  }

  /**
   * The last piece may be short.
   * @param isWholeFile of a file of one piece the node is the root, over as few leaves as hold it
   */
  end (isWholeFile: boolean): void {
    this.#blocks.end()
    if (this.#filled > 0) this.#endPiece(isWholeFile ? undefined : this.#leaves.length)
  }

  #endPiece (width: number | undefined): void {
    const leaves = this.#leaves.subarray(0, this.#filled)
    this.#filled = 0
    this.#onNode(rootOf(leaves, 0, width && width / SHA256_BYTES).toString('binary'))
  }
}
