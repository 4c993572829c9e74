import { DIGEST_BYTES } from './sha1.js'

/** How an object is cut into pieces; both in bytes. The last piece may be short. */
export interface Cut {
  readonly size: number
  readonly pieceLength: number
}

/** The bytes are not digests of whole pieces, or not of as many as there should be. */
export class MalformedDigests extends Error {
  override name = 'MalformedDigests'
  readonly bytes: number

  constructor (bytes: number, message: string) {
    super(message)
    this.bytes = bytes
  }
}

/**
 * The SHA-1 digests of consecutive pieces, one behind the other, as `pieces` of an info dictionary (BEP 3). The bytes
 * are shared and not copied: nobody writes to them anymore.
 */
export class PieceDigests {
  /** DIGEST_BYTES for each piece. */
  readonly bytes: Buffer

  private constructor (bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Of some pieces, or of none. @throws MalformedDigests */
  static of (bytes: Uint8Array): PieceDigests {
    if (bytes.length % DIGEST_BYTES !== 0) {
      throw new MalformedDigests(bytes.length, `${bytes.length} bytes are not SHA-1 digests of whole pieces`)
    }
    return new PieceDigests(bytes)
  }

  /** Of all pieces of an object. @throws MalformedDigests */
  static whole (bytes: Uint8Array, cut: Cut): PieceDigests {
    const expected = PieceDigests.bytesOf(cut)
    if (bytes.length !== expected) {
      throw new MalformedDigests(bytes.length, `${bytes.length} bytes are not the ${expected} of all SHA-1 digests`)
    }
    return new PieceDigests(bytes)
  }

  /** The digests of runs that follow one another. */
  static join (runs: readonly PieceDigests[]): PieceDigests {
    return new PieceDigests(Buffer.concat(runs.map(({ bytes }) => bytes)))
  }

  /** Pieces of an object. */
  static piecesOf ({ size, pieceLength }: Cut): number {
    return Math.ceil(size / pieceLength)
  }

  /** Bytes of the digests of all its pieces. */
  static bytesOf (cut: Cut): number {
    return PieceDigests.piecesOf(cut) * DIGEST_BYTES
  }

  get pieces (): number {
    return this.bytes.length / DIGEST_BYTES
  }

  /** The digest of one piece; empty where there is none. */
  at (piece: number): Buffer {
    return this.slice(piece, piece + 1).bytes
  }

  /** The digests of pieces `from` to `to`, `to` not included. */
  slice (from: number, to: number = this.pieces): PieceDigests {
    return new PieceDigests(this.bytes.subarray(from * DIGEST_BYTES, to * DIGEST_BYTES))
  }

  /** Whether these are the digests of all pieces of an object. */
  isWhole (cut: Cut): boolean {
    return this.bytes.length === PieceDigests.bytesOf(cut)
  }

  equals (other: PieceDigests): boolean {
    return this.bytes.equals(other.bytes)
  }
}

/** Digests of consecutive pieces of an object, from `firstPiece` on. */
export interface DigestRun {
  readonly firstPiece: number
  readonly digests: PieceDigests
}
