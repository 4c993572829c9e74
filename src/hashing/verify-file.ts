import type { ExpectedFile } from '../torrent/expected-torrent.js'
import { SHA256_BYTES, piecesRootOf } from '../torrent/merkle.js'
import { hasV1 } from '../torrent/meta-version.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import { DIGEST_BYTES } from '../torrent/sha1.js'
import { BadPieces } from './bad-pieces.js'
import type { BadRun } from './bad-pieces.js'
import { NOT_KEPT, missingPieces } from './found-file.js'
import type { FoundTorrent, VerifyParts } from './found-file.js'
import { readsOf } from './object-reads.js'
import type { Segment } from './segment.js'

/**
 * Compares a file that has bytes with its tree (BEP 52), and in a hybrid its pieces of version 1, in one read.
 * @param onProgress told of bytes whose pieces are done @returns pieces as they count in the torrent
 * @throws what reading throws; the signal's reason
 */
export async function verifyFile (
  { origin, hasher, requester }: Pick<VerifyParts, 'origin' | 'hasher' | 'requester'>,
  torrent: FoundTorrent,
  file: number,
  expected: ExpectedFile,
  onProgress: (bytes: number) => void,
  signal: AbortSignal
): Promise<readonly BadRun[]> {
  const { expected: { pieceLength, metaVersion }, found } = torrent
  const { length: size, offset } = expected
  const firstPiece = offset / pieceLength
  const pieces = PieceDigests.piecesOf({ size, pieceLength })
  const missing = within(missingPieces(torrent, file, expected), firstPiece)
  const described = found[file]
  // Of a file without a layer all of it must be there.
  const isAllMissing = missing.pieces === pieces || (missing.pieces > 0 && pieces > 1 && expected.layer === undefined)
  if (described === undefined || isAllMissing) return [{ firstPiece, pieces, why: 'missing' }]
  const there = pieces - missing.pieces
  const isWhole = missing.pieces === 0
  const length = isWhole ? size : there * pieceLength
  const job = hasher.join(`file ${file}`, () => hasher.objectJob({
    address: described.object,
    size: length,
    pieceLength,
    metaVersion,
    padding: isWhole ? expected.padding : 0,
    known: [],
    ...NOT_KEPT,
    ...readsOf(origin, described.object, requester, described.head, length)
  }, false), signal, onProgress)
  const runs: PieceDigests[] = []
  for await (const some of job.digests(signal)) runs.push(some)
  const digests = PieceDigests.join(runs, metaVersion)
  const bad = compared(torrent, expected, digests, firstPiece)
  return isWhole ? bad : [...bad, { firstPiece: firstPiece + there, pieces: missing.pieces, why: 'missing' }]
}

/** @param digests of its pieces that are there: all, where it has no layer */
function compared (
  { expected: { metaVersion, digests: v1, pieceLength } }: FoundTorrent,
  { root, layer }: ExpectedFile,
  digests: PieceDigests,
  firstPiece: number
): readonly BadRun[] {
  const { pieces, sha1, nodes } = digests
  const expectedNodes = layer ?? (pieces === 1 ? root : undefined) // a file of one piece has no layer
  const isRoot = expectedNodes !== undefined || (root !== undefined && piecesRootOf(nodes, pieceLength).equals(root))
  const bad = new BadPieces()
  for (let i = 0; i < pieces; i++) {
    const isV1 = !hasV1(metaVersion) || v1 === undefined || at(sha1, i, DIGEST_BYTES).equals(v1.at(firstPiece + i))
    const isV2 = expectedNodes === undefined
      ? isRoot
      : at(nodes, i, SHA256_BYTES).equals(at(expectedNodes, i, SHA256_BYTES))
    if (!isV1 && !isV2) bad.add(firstPiece + i, 'differs')
    else if (!isV1) bad.add(firstPiece + i, 'version 1')
    // Its root alone does not say where.
    else if (!isV2 && expectedNodes !== undefined) bad.add(firstPiece + i, hasV1(metaVersion) ? 'version 2' : 'differs')
  }
  if (bad.runs.length > 0 || isRoot) return bad.runs
  return [{ firstPiece, pieces, why: hasV1(metaVersion) ? 'version 2' : 'somewhere' }]
}

const at = (digests: Buffer, piece: number, bytes: number): Buffer =>
  digests.subarray(piece * bytes, (piece + 1) * bytes)

const within = ({ firstPiece, pieces }: Segment, from: number): Segment => ({ firstPiece: firstPiece - from, pieces })
