import type { Verified } from '../../hashing/verified-pieces.js'
import { bytes, count, duration, json } from '../format.js'
import type { Source } from '../open-source.js'
import type { CheckableTorrent } from './checkable-torrent.js'

const MAX_RANGES = 50

interface BadRange {
  readonly firstPiece: number
  readonly lastPiece: number
  readonly firstByte: number
  readonly lastByte: number
}

export function rightText ({ label }: Source, { pieces, size }: CheckableTorrent, ms: number): string {
  const rate = ms < 1000 ? '' : ` in ${duration(ms / 1000)} (${bytes(size / ms * 1000)}/s)`
  return `${label}: ${pieces === 1 ? 'its one piece is right' : `all ${count(pieces, 'piece')} are right`}, ` +
    `${bytes(size)}${rate}\n`
}

export function wrongText (
  { label }: Source, torrentLabel: string, torrent: CheckableTorrent, verified: Verified
): string {
  const { pieces, size } = torrent
  const bad = badPiecesOf(verified)
  const sizeLine = `  it has ${count(verified.size, 'byte')} and should have ${size.toLocaleString('en')}\n`
  const piecesLine = bad === 0
    ? `  all ${count(pieces, 'piece')} are right\n`
    : `  ${bad.toLocaleString('en')} of ${count(pieces, 'piece')} ${bad === 1 ? 'is' : 'are'} bad (the first one is ` +
      'piece 0)\n'
  const more = verified.bad.length - MAX_RANGES
  return [
    `${label} is not what ${torrentLabel} describes:\n`,
    ...verified.size === size ? [] : [sizeLine],
    piecesLine,
    ...rangesOf(verified, torrent).slice(0, MAX_RANGES).map(rangeText),
    ...more > 0 ? [`  … and ${count(more, 'range')} more; --json names all\n`] : []
  ].join('')
}

/** @param page the sentence about a page that was answered instead */
export function jsonOf (
  { label }: Source, torrent: CheckableTorrent, verified: Verified, isRight: boolean, page: string | undefined
): string {
  return json({
    ok: isRight,
    source: label,
    problem: page,
    infoHash: torrent.infoHash,
    size: verified.size,
    expectedSize: torrent.size,
    pieces: torrent.pieces,
    badPieces: badPiecesOf(verified),
    bad: rangesOf(verified, torrent)
  })
}

function badPiecesOf ({ bad }: Verified): number {
  return bad.reduce((sum, run) => sum + run.pieces, 0)
}

function rangeText ({ firstPiece, lastPiece, firstByte, lastByte }: BadRange): string {
  const pieces = firstPiece === lastPiece ? `piece ${firstPiece}` : `pieces ${firstPiece}-${lastPiece}`
  return `  ${pieces}, bytes ${firstByte}-${lastByte}\n`
}

function rangesOf ({ bad }: Verified, { size, pieceLength }: CheckableTorrent): BadRange[] {
  return bad.map(({ firstPiece, pieces }) => ({
    firstPiece,
    lastPiece: firstPiece + pieces - 1,
    firstByte: firstPiece * pieceLength,
    lastByte: Math.min(size, (firstPiece + pieces) * pieceLength) - 1
  }))
}
