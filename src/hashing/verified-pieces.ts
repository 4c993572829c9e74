import { headReadable } from '../access/readable-object.js'
import { asking } from '../access/origin-errors.js'
import type { Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { identityOf } from '../torrent/identity.js'
import { PieceDigests } from '../torrent/piece-digests.js'
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
  const cut = { pieceLength, metaVersion: digests.metaVersion, xAmzInfo: false }
  const identity = identityOf(origin.name, cut, object, { etag: head.etag, size: length })
  const target = { object, requester, head, identity }
  const found = length === 0
    ? PieceDigests.of(Buffer.alloc(0), digests.metaVersion)
    : await asking(object, async () => (await hashObject({ origin, hasher }, target, options, signal)).whole())
  return { size: head.size, bad: differences(found, digests) }
}

function differences (found: PieceDigests, expected: PieceDigests): Segment[] {
  const runs: Array<{ firstPiece: number, pieces: number }> = []
  for (let piece = 0; piece < expected.pieces; piece++) {
    if (found.at(piece).equals(expected.at(piece))) continue
    const last = runs.at(-1)
    if (last !== undefined && last.firstPiece + last.pieces === piece) last.pieces++
    else runs.push({ firstPiece: piece, pieces: 1 })
  }
  return runs
}
