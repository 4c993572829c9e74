import type { BadWhy } from '../../hashing/bad-pieces.js'
import type { ExpectedFile } from '../../torrent/expected-torrent.js'
import type { Checked } from './check.js'

/** Bad pieces of a file. */
export interface BadRange {
  readonly firstPiece: number
  readonly lastPiece: number
  /** Of the file that are in them. */
  readonly firstByte: number
  readonly lastByte: number
  readonly why: BadWhy
  /** Whether other files have bytes in each of these pieces, and may be what is bad. */
  readonly isShared: boolean
}

/**
 * What is wrong with a file. `length`: it is longer or shorter; `pieces`: it has other bytes; `shared`: it, or another
 * file in its bad pieces; `unchecked`: it is there, and pieces of it have bytes of another file that is not.
 */
export type FileProblem = 'missing' | 'outside' | 'unreadable' | 'length' | 'pieces' | 'shared' | 'unchecked'

export interface Finding {
  readonly file: ExpectedFile
  readonly problem: FileProblem
  /** A sentence without its beginning and end, of `outside` and `unreadable`. */
  readonly reason: string | undefined
  /** Bytes that it has; undefined where it is not read. */
  readonly size: number | undefined
  readonly ranges: readonly BadRange[]
}

/** Every file that something is wrong with, in the order of the torrent. */
export function findingsOf (checked: Checked): Finding[] {
  const { expected: { files }, found, problems } = checked
  const findings: Finding[] = []
  const rangesOf = rangesInOrder(checked)
  for (const [index, file] of files.entries()) {
    const ranges = rangesOf(index, file)
    const size = found[index]?.head.size
    const problem = problems.get(index)
    const is = problem?.is ?? (size === file.length ? problemOf(ranges) : 'length')
    if (is === undefined) continue
    const reason = problem !== undefined && 'reason' in problem ? problem.reason : undefined
    findings.push({ file, problem: is, reason, size, ranges })
  }
  return findings
}

function problemOf (ranges: readonly BadRange[]): FileProblem | undefined {
  const differing = ranges.filter(({ why }) => why !== 'missing')
  if (differing.length > 0) return differing.every(({ isShared }) => isShared) ? 'shared' : 'pieces'
  return ranges.length > 0 ? 'unchecked' : undefined
}

/** Asked of one file after the other. */
function rangesInOrder (
  { expected: { files, pieceLength }, bad }: Checked
): (index: number, file: ExpectedFile) => BadRange[] {
  let cursor = 0
  return (index, { offset, length }) => {
    if (length === 0) return []
    const first = Math.floor(offset / pieceLength)
    const last = Math.floor((offset + length - 1) / pieceLength)
    for (let run = bad[cursor]; run !== undefined && run.firstPiece + run.pieces <= first; run = bad[cursor]) cursor++
    const isOwn = (piece: number): boolean =>
      neighbourEnd(files, index) <= piece * pieceLength && neighbourStart(files, index) >= (piece + 1) * pieceLength
    const ranges: BadRange[] = []
    for (let at = cursor, run = bad[at]; run !== undefined && run.firstPiece <= last; run = bad[++at]) {
      const firstPiece = Math.max(first, run.firstPiece)
      const lastPiece = Math.min(last, run.firstPiece + run.pieces - 1)
      ranges.push({
        firstPiece,
        lastPiece,
        firstByte: Math.max(0, firstPiece * pieceLength - offset),
        lastByte: Math.min(length, (lastPiece + 1) * pieceLength - offset) - 1,
        why: run.why,
        // A piece between two others is this file's alone.
        isShared: lastPiece - firstPiece < 2 && !isOwn(firstPiece) && !isOwn(lastPiece)
      })
    }
    return ranges
  }
}

/** Where the bytes end of the last file before this one that has some. */
function neighbourEnd (files: readonly ExpectedFile[], index: number): number {
  for (let at = index - 1, file = files[at]; file !== undefined; file = files[--at]) {
    if (file.length > 0) return file.offset + file.length
  }
  return 0
}

/** Where the bytes begin of the next file that has some. */
function neighbourStart (files: readonly ExpectedFile[], index: number): number {
  for (let at = index + 1, file = files[at]; file !== undefined; file = files[++at]) {
    if (file.length > 0) return file.offset
  }
  return Infinity
}
