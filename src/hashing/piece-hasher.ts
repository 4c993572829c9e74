import { createHash, hash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { DIGEST_BYTES } from '../torrent/sha1.js'

/** The SHA-1 digests of consecutive pieces, while their bytes come in order. */
export class PieceHasher {
  readonly #pieceLength: number
  /** Digests as binary strings: a Buffer each would be memory outside the heap, by the ten thousand. */
  #ready: string[] = []
  #missing: number
  #inPiece = 0
  #piece: Hash = createHash('sha1')

  /** @param length bytes that are to come; the last piece ends with them */
  constructor (length: number, pieceLength: number) {
    this.#missing = length
    this.#pieceLength = pieceLength
  }

  /** Bytes that are still to come. */
  get missing (): number {
    return this.#missing
  }

  /** @throws RangeError on more bytes than were to come */
  update (bytes: Uint8Array): void {
    if (bytes.length > this.#missing) throw new RangeError('more bytes than were to come')
    this.#missing -= bytes.length
    let rest = bytes
    while (rest.length > 0) {
      if (this.#inPiece === 0 && rest.length >= this.#pieceLength) {
        // Half the price of a Hash, which counts for small pieces.
        this.#ready.push(hash('sha1', rest.subarray(0, this.#pieceLength), 'binary'))
        rest = rest.subarray(this.#pieceLength)
        continue
      }
      const part = rest.subarray(0, this.#pieceLength - this.#inPiece)
      this.#piece.update(part)
      this.#inPiece += part.length
      rest = rest.subarray(part.length)
      if (this.#inPiece === this.#pieceLength) this.#endPiece()
    }
    if (this.#missing === 0 && this.#inPiece > 0) this.#endPiece()
  }

  /** Takes the digests that are ready, DIGEST_BYTES each. */
  take (): Uint8Array<ArrayBuffer> {
    const digests = new Uint8Array(this.#ready.length * DIGEST_BYTES)
    Buffer.from(digests.buffer).write(this.#ready.join(''), 'binary')
    this.#ready = []
    return digests
  }

  get ready (): number {
    return this.#ready.length
  }

  #endPiece (): void {
    this.#ready.push(this.#piece.digest('binary'))
    this.#piece = createHash('sha1')
    this.#inPiece = 0
  }
}
