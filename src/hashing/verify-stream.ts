import { asking } from '../access/origin-errors.js'
import type { PieceDigests } from '../torrent/piece-digests.js'
import { BadPieces } from './bad-pieces.js'
import type { BadRun } from './bad-pieces.js'
import { FileUnreadable, NOT_KEPT, missingPieces, skipped } from './found-file.js'
import type { FoundTorrent, VerifyParts } from './found-file.js'
import { runsOf } from './segment.js'
import type { Segment } from './segment.js'
import { StreamReads } from './stream-reads.js'

/**
 * Compares the pieces of version 1, which are over all files one behind the other; those of which bytes are missing are
 * not read.
 * @param digests of all pieces @throws FileUnreadable, the signal's reason
 */
export async function verifyStream (
  parts: VerifyParts, torrent: FoundTorrent, digests: PieceDigests, signal: AbortSignal
): Promise<readonly BadRun[]> {
  const { expected } = torrent
  const missing = missingOf(torrent)
  const last = missing.at(-1)
  const isCut = last !== undefined && endOf(last) === expected.pieces
  const size = isCut ? last.firstPiece * expected.pieceLength : expected.size
  const stream = new StreamReads(parts, torrent, size)
  const bad = new BadPieces()
  let [compared, filesDone] = [0, 0]
  const compare = (some: PieceDigests): void => {
    for (let i = 0; i < some.pieces; i++, compared++) {
      while (endOf(missing[0]) <= compared) missing.shift()
      if (isIn(missing[0], compared)) bad.add(compared, 'missing')
      else if (!some.at(i).equals(digests.at(compared))) bad.add(compared, 'differs')
    }
    const done = compared * expected.pieceLength
    for (let file = expected.files[filesDone]; file !== undefined; file = expected.files[filesDone]) {
      if (file.offset + file.length > done) break
      filesDone++
    }
  }
  const { hasher, onProgress } = parts
  const object = hasher.objectJob({
    address: { bucket: '', key: '' },
    size,
    pieceLength: expected.pieceLength,
    metaVersion: expected.metaVersion,
    padding: 0,
    known: missing.slice(0, isCut ? -1 : undefined).map((run) => skipped(run, expected)),
    ...NOT_KEPT,
    ...stream.reads
  }, false)
  try {
    if (size > 0) {
      const job = hasher.join('stream', () => object, signal, (bytes) => onProgress(bytes, filesDone))
      for await (const some of job.digests(signal)) compare(some)
    }
    if (isCut) bad.add(last.firstPiece, 'missing', last.pieces)
  } catch (error) {
    signal.throwIfAborted()
    throw stream.failed === undefined ? error : await unreadable(torrent, stream.failed, error)
  }
  onProgress(expected.size, expected.files.length)
  return bad.runs
}

/** With what S3 calls the error. */
export async function unreadable ({ found }: FoundTorrent, file: number, error: unknown): Promise<unknown> {
  const object = found[file]?.object ?? { bucket: '', key: '' }
  return await asking(object, () => Promise.reject(error)).catch((cause: unknown) => new FileUnreadable(file, cause))
}

function missingOf (torrent: FoundTorrent): Segment[] {
  const segments = torrent.expected.files.map((file, i) => missingPieces(torrent, i, file))
  const apart: Segment[] = []
  let end = 0
  for (const segment of segments) {
    if (endOf(segment) <= end || segment.pieces === 0) continue
    const firstPiece = Math.max(end, segment.firstPiece)
    apart.push({ firstPiece, pieces: endOf(segment) - firstPiece })
    end = endOf(segment)
  }
  return runsOf(apart)
}

const endOf = (segment: Segment | undefined): number => segment === undefined
  ? Infinity
  : segment.firstPiece + segment.pieces

function isIn (segment: Segment | undefined, piece: number): boolean {
  return segment !== undefined && piece >= segment.firstPiece && piece < endOf(segment)
}
