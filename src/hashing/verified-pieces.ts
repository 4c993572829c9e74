import type { ObjectAddress } from '../s3/object-address.js'
import type { ObjectHead, Origin, Requester } from '../objects/origin.js'
import { DIGEST_BYTES } from './digest-list.js'
import type { Hasher } from './hasher.js'
import { UnexpectedAnswer } from '../objects/transport/range-connection.js'
import type { Segment } from './segment.js'
import { asking } from '../access/origin-errors.js'
import { readsOf } from './piece-digests.js'
import { headReadable } from '../access/readable-object.js'

/** What an object should be. */
export interface Expected {
  /** Bytes. */
  readonly size: number
  readonly pieceLength: number
  /** SHA-1 of each piece, 20 bytes each. */
  readonly digests: Buffer
}

export interface Verified {
  /** Bytes of the object. */
  readonly size: number
  /**
   * Runs of pieces that are not what they should be, in order; those that the object is too short for are among them.
   */
  readonly bad: readonly Segment[]
}

/**
 * Reads an object and compares every piece. Of a longer one the end is not read.
 * @param onProgress told of bytes that are hashed; of none when reading begins
 * @throws S3Error, OriginRefusal, OriginUnavailable
 */
export async function verifyPieces (
  { origin, hasher }: { origin: Origin, hasher: Hasher },
  object: ObjectAddress,
  requester: Requester,
  { size, pieceLength, digests }: Expected,
  onProgress: (bytes: number) => void,
  signal: AbortSignal
): Promise<Verified> {
  const head = await headReadable(origin, { bucketOwners: new Map() }, object, requester, signal)
  const length = Math.min(size, head.size)
  onProgress(0)
  const found = length === 0
    ? Buffer.alloc(0)
    : await asking(
      object, () => hashed(origin, hasher, object, requester, head, { length, pieceLength }, onProgress, signal)
    )
  return { size: head.size, bad: differences(found, digests) }
}

async function hashed (
  origin: Origin,
  hasher: Hasher,
  object: ObjectAddress,
  requester: Requester,
  head: ObjectHead,
  { length, pieceLength }: { length: number, pieceLength: number },
  onProgress: (bytes: number) => void,
  signal: AbortSignal
): Promise<Buffer> {
  let done = 0
  const reads = readsOf(origin, object, requester, head, length)
  const job = hasher.join('the only one', () => ({
    ...reads,
    address: object,
    // A thread reads nothing that is not pinned.
    direct: async (first, last) => {
      if (head.etag === '') throw new UnexpectedAnswer('no ETag')
      return reads.direct(first, last)
    },
    size: length,
    pieceLength,
    sharer: { group: '', member: '' },
    known: [],
    onDigests: ({ digests }) => onProgress(done = Math.min(length, done + digests.length / DIGEST_BYTES * pieceLength)),
    onComplete: async () => {}
  }), signal)
  const all: Buffer[] = []
  for await (const some of job.digests(signal)) all.push(Buffer.from(some))
  return Buffer.concat(all)
}

function differences (found: Buffer, expected: Buffer): Segment[] {
  const runs: Array<{ firstPiece: number, pieces: number }> = []
  for (let piece = 0; piece * DIGEST_BYTES < expected.length; piece++) {
    const at = piece * DIGEST_BYTES
    if (found.compare(
      expected, at, at + DIGEST_BYTES, Math.min(at, found.length), Math.min(at + DIGEST_BYTES, found.length)
    ) === 0) {
      continue
    }
    const last = runs.at(-1)
    if (last !== undefined && last.firstPiece + last.pieces === piece) last.pieces++
    else runs.push({ firstPiece: piece, pieces: 1 })
  }
  return runs
}
