import { zeros } from '../util/zeros.js'
import { hasV1, hasV2, pieceDigestBytes } from '../torrent/meta-version.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import { PieceNodes } from './piece-nodes.js'
import { RunHasher } from './run-hasher.js'

/**
 * Which bytes of an object are hashed, and how. Offsets in the object, `last` inclusive, `first` at a piece's start.
 */
export interface PieceHashing {
  readonly first: number
  readonly last: number
  readonly pieceLength: number
  readonly metaVersion: MetaVersion
  /** Zeros behind the last byte that are in its piece of version 1 (BEP 47); without it, none. */
  readonly padding?: number
}

/** The digests of consecutive pieces, while their bytes come in order. The last piece ends with them. */
export class PieceHasher {
  readonly #hashing: PieceHashing
  /** Digests as binary strings. */
  #sha1s: string[] = []
  #nodes: string[] = []
  #missing: number
  readonly #pieces: RunHasher | undefined
  readonly #trees: PieceNodes | undefined

  constructor (hashing: PieceHashing) {
    const { first, last, pieceLength, metaVersion } = hashing
    this.#hashing = hashing
    this.#missing = last - first + 1
    this.#pieces = hasV1(metaVersion)
      ? new RunHasher('sha1', pieceLength, (digest) => { this.#sha1s.push(digest) })
      : undefined
    this.#trees = hasV2(metaVersion)
      ? new PieceNodes(pieceLength, (node) => { this.#nodes.push(node) })
      : undefined
  }

  /** Bytes that are still to come. */
  get missing (): number {
    return this.#missing
  }

  /** @throws RangeError on more bytes than were to come */
  update (bytes: Uint8Array): void {
    if (bytes.length > this.#missing) throw new RangeError('more bytes than were to come')
    this.#missing -= bytes.length
    this.#pieces?.update(bytes)
    this.#trees?.update(bytes)
    if (this.#missing > 0 || bytes.length === 0) return
    const { first, last, pieceLength, padding = 0 } = this.#hashing
    for (const some of zeros(padding)) this.#pieces?.update(some)
    this.#pieces?.end()
    // What is shorter than a piece, and no object's end behind other pieces, is all of an object.
    this.#trees?.end(first === 0 && last < pieceLength)
  }

  /** Takes the digests that are ready, as PieceDigests has them. */
  take (): Uint8Array<ArrayBuffer> {
    const digests = new Uint8Array(this.ready * pieceDigestBytes(this.#hashing.metaVersion))
    const [some, others] = this.#pieces === undefined ? [this.#nodes] : [this.#sha1s, this.#nodes]
    const binary = this.#trees === undefined || others === undefined
      ? some.join('')
      : some.map((digest, i) => digest + (others[i] ?? '')).join('')
    Buffer.from(digests.buffer).write(binary, 'binary')
    this.#sha1s = []
    this.#nodes = []
    return digests
  }

  get ready (): number {
    return this.#pieces === undefined ? this.#nodes.length : this.#sha1s.length
  }
}
