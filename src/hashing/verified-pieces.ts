import { headReadable } from '../access/readable-object.js'
import { asking } from '../access/origin-errors.js'
import type { Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { identityOf } from '../torrent/identity.js'
import type { PieceDigests } from '../torrent/piece-digests.js'
import { DIGEST_BYTES } from '../torrent/sha1.js'
import { hashObject } from './hash-object.js'
import type { HashOptions } from './hash-object.js'
import type { Hasher } from './hasher.js'
import type { Segment } from './segment.js'

/** What an object should be. */
export interface Expected {
  /** Bytes. */
  readonly size: number
  readonly pieceLength: number
  readonly digests: PieceDigests
}

export interface Verified {
  /** Bytes of the object. */
  readonly size: number
  /** Runs of pieces that are not what they should be, in order, and those that the object is too short for. */
  readonly bad: readonly Segment[]
}

/**
 * Reads an object and compares every piece. Of a longer one the end is not read.
 * @throws S3Error, OriginRefusal, OriginUnavailable
 */
export async function verifyPieces (
  { origin, hasher }: { readonly origin: Objects, readonly hasher: Hasher },
  object: ObjectAddress,
  requester: Requester,
  { size, pieceLength, digests }: Expected,
  options: HashOptions,
  signal: AbortSignal
): Promise<Verified> {
  const head = await headReadable(origin, { bucketOwners: new Map() }, object, requester, signal)
  const length = Math.min(size, head.size)
  const identity = identityOf(
    origin.name, { pieceLength, xAmzInfo: false }, object, { etag: head.etag, size: length }
  )
  const found = length === 0
    ? Buffer.alloc(0)
    : await asking(object, async () => {
      const hashed = await hashObject({ origin, hasher }, { object, requester, head, identity }, options, signal)
      return hashed.whole()
    })
  return { size: head.size, bad: differences(found, digests.bytes) }
}

function differences (found: Buffer, expected: Buffer): Segment[] {
  const runs: Array<{ firstPiece: number, pieces: number }> = []
  for (let piece = 0; piece * DIGEST_BYTES < expected.length; piece++) {
    const [at, end] = [piece * DIGEST_BYTES, (piece + 1) * DIGEST_BYTES]
    if (found.compare(expected, at, end, Math.min(at, found.length), Math.min(end, found.length)) === 0) continue
    const last = runs.at(-1)
    if (last !== undefined && last.firstPiece + last.pieces === piece) last.pieces++
    else runs.push({ firstPiece: piece, pieces: 1 })
  }
  return runs
}
