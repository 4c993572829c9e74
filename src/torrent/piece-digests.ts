import { pieceDigestBytes } from './meta-version.js'
import type { MetaVersion } from './meta-version.js'
import { DIGEST_BYTES } from './sha1.js'

/** How an object is cut into pieces; both in bytes. The last piece may be short. */
export interface Cut {
  readonly size: number
  readonly pieceLength: number
  readonly metaVersion: MetaVersion
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
 * The digests of consecutive pieces, one behind the other: of each its SHA-1 (BEP 3), its node in the piece layer of
 * its file (BEP 52), or both. The bytes are shared and not copied: nobody writes to them anymore.
 */
export class PieceDigests {
  readonly metaVersion: MetaVersion
  /** As many for each piece as pieceDigestBytes says. */
  readonly bytes: Buffer

  private constructor (bytes: Uint8Array, metaVersion: MetaVersion) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.metaVersion = metaVersion
  }

  /** Of some pieces, or of none. @throws MalformedDigests */
  static of (bytes: Uint8Array, metaVersion: MetaVersion): PieceDigests {
    if (bytes.length % pieceDigestBytes(metaVersion) !== 0) {
      throw new MalformedDigests(bytes.length, `${bytes.length} bytes are not the digests of whole pieces`)
    }
    return new PieceDigests(bytes, metaVersion)
  }

  /** Of all pieces of an object. @throws MalformedDigests */
  static whole (bytes: Uint8Array, cut: Cut): PieceDigests {
    const expected = PieceDigests.bytesOf(cut)
    if (bytes.length !== expected) {
      throw new MalformedDigests(bytes.length, `${bytes.length} bytes are not the ${expected} of all digests`)
    }
    return new PieceDigests(bytes, cut.metaVersion)
  }

  /** The digests of runs that follow one another. */
  static join (runs: readonly PieceDigests[], metaVersion: MetaVersion): PieceDigests {
    return new PieceDigests(Buffer.concat(runs.map(({ bytes }) => bytes)), metaVersion)
  }

  /** Pieces of an object. */
  static piecesOf ({ size, pieceLength }: Pick<Cut, 'size' | 'pieceLength'>): number {
    return Math.ceil(size / pieceLength)
  }

  /** Bytes of the digests of all its pieces. */
  static bytesOf (cut: Cut): number {
    return PieceDigests.piecesOf(cut) * pieceDigestBytes(cut.metaVersion)
  }

  get pieces (): number {
    return this.bytes.length / this.#step
  }

  /** The SHA-1 of each piece, one behind the other: `pieces` of an info dictionary (BEP 3); empty in version 2. */
  get sha1 (): Buffer {
    if (this.metaVersion === 1) return this.bytes
    return this.#column(0, this.metaVersion === 2 ? 0 : DIGEST_BYTES)
  }

  /** The nodes of the pieces in their files' trees, one behind the other (BEP 52); empty in version 1. */
  get nodes (): Buffer {
    if (this.metaVersion === 2) return this.bytes
    return this.#column(DIGEST_BYTES, this.#step)
  }

  /** The digests of one piece; empty where there is none. */
  at (piece: number): Buffer {
    return this.slice(piece, piece + 1).bytes
  }

  /** The digests of pieces `from` to `to`, `to` not included. */
  slice (from: number, to: number = this.pieces): PieceDigests {
    return new PieceDigests(this.bytes.subarray(from * this.#step, to * this.#step), this.metaVersion)
  }

  /** Whether these are the digests of all pieces of an object. */
  isWhole (cut: Cut): boolean {
    return this.metaVersion === cut.metaVersion && this.bytes.length === PieceDigests.bytesOf(cut)
  }

  equals (other: PieceDigests): boolean {
    return this.metaVersion === other.metaVersion && this.bytes.equals(other.bytes)
  }

  get #step (): number {
    return pieceDigestBytes(this.metaVersion)
  }

  #column (from: number, to: number): Buffer {
    const step = this.#step
    const column = Buffer.alloc(this.pieces * (to - from))
    for (let piece = 0, at = 0; piece < this.pieces; piece++, at += to - from) {
      this.bytes.copy(column, at, piece * step + from, piece * step + to)
    }
    return column
  }
}

/** Digests of consecutive pieces of an object, from `firstPiece` on. */
export interface DigestRun {
  readonly firstPiece: number
  readonly digests: PieceDigests
}

/** The same, for longer than the large buffer that they may be a small part of. */
export function copyOf ({ bytes, metaVersion }: PieceDigests): PieceDigests {
  return PieceDigests.of(Buffer.from(bytes), metaVersion)
}
