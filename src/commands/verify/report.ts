import { printable } from '../../util/unprintable.js'
import type { TorrentFile } from '../../torrent/torrent-file.js'
import { bytes, count, duration, json } from '../format.js'
import type { Checked } from './check.js'
import type { BadRange, Finding } from './findings.js'

/** What is told of a check. */
export interface Told {
  /** Of the source, and of the torrent, as they may be shown. */
  readonly label: string
  readonly torrentLabel: string
  /** Whether the source is one object, which is the torrent's one file. */
  readonly isOneObject: boolean
  readonly torrent: TorrentFile
  readonly checked: Checked
  readonly findings: readonly Finding[]
}

const MAX_LINES = 50

export function rightText ({ label, isOneObject, torrent: { size }, checked: { expected } }: Told, ms: number): string {
  const { pieces, files } = expected
  const rate = ms < 1000 ? '' : ` in ${duration(ms / 1000)} (${bytes(size / ms * 1000)}/s)`
  const all = pieces === 1 ? 'its one piece is right' : `all ${count(pieces, 'piece')} are right`
  const filesText = isOneObject ? '' : `${filesThere(files.length)}, `
  return `${label}: ${filesText}${all}, ${bytes(size)}${rate}\n`
}

export function wrongText (told: Told): string {
  const { label, torrentLabel, isOneObject, findings } = told
  const lines = isOneObject ? oneFileLines(told) : findings.flatMap(linesOf)
  const more = lines.length - MAX_LINES
  return [
    `${label} is not what ${torrentLabel} describes:`,
    ...isOneObject ? [] : [filesLine(told)],
    ...lines.slice(0, MAX_LINES).map((line) => `  ${line}`),
    ...more > 0 ? [`  … and ${count(more, 'line')} more; --json names all`] : []
  ].map((line) => `${line}\n`).join('')
}

/** @param page the sentence about a page that was answered instead */
export function jsonOf (told: Told, isRight: boolean, page: string | undefined): string {
  const { label, isOneObject, torrent: { infoHash, infoHashV2, size }, checked, findings } = told
  const { expected: { pieces, files }, found, bad } = checked
  return json({
    ok: isRight,
    source: label,
    problem: page,
    infoHash,
    infoHashV2,
    size: found.reduce((sum, file) => sum + (file?.head.size ?? 0), 0),
    expectedSize: size,
    pieces,
    badPieces: badPiecesOf(checked),
    files: files.length,
    badFiles: findings.map(({ file, problem, reason, size, ranges }) => ({
      path: file.path, problem, reason, size, expectedSize: file.length, bad: ranges.map(rangeJson)
    })),
    bad: isOneObject ? findings.flatMap(({ ranges }) => ranges.map(rangeJson)) : bad.map(runJson)
  })
}

const filesThere = (files: number): string =>
  files === 1 ? 'its one file is there' : `all ${count(files, 'file')} are there`

function badPiecesOf ({ bad }: Checked): number {
  return bad.reduce((sum, run) => sum + run.pieces, 0)
}

const rangeJson = ({ firstPiece, lastPiece, firstByte, lastByte, why }: BadRange): object =>
  ({ firstPiece, lastPiece, firstByte, lastByte, why })

const runJson = ({ firstPiece, pieces, why }: Checked['bad'][number]): object =>
  ({ firstPiece, lastPiece: firstPiece + pieces - 1, why })

function oneFileLines ({ checked, findings }: Told): string[] {
  return findings.flatMap(({ file, size, ranges, problem }) => [
    ...problem === 'length' && size !== undefined ? [lengthText(size, file.length)] : [],
    piecesLine(checked),
    ...ranges.map((range) => rangeText(range))
  ])
}

function piecesLine (checked: Checked): string {
  const { pieces } = checked.expected
  const bad = badPiecesOf(checked)
  return bad === 0
    ? `all ${count(pieces, 'piece')} are right`
    : `${bad.toLocaleString('en')} of ${count(pieces, 'piece')} ${bad === 1 ? 'is' : 'are'} bad (the first one is ` +
      'piece 0)'
}

function filesLine ({ checked, findings }: Told): string {
  const of = (...problems: ReadonlyArray<Finding['problem']>): number =>
    findings.filter(({ problem }) => problems.includes(problem)).length
  const [shared, unchecked] = [of('shared'), of('unchecked')]
  const bad = findings.length - shared - unchecked
  const parts = [
    ...bad > 0 ? [`${bad.toLocaleString('en')} ${bad === 1 ? 'is' : 'are'} bad`] : [],
    ...shared > 0 ? [`${shared.toLocaleString('en')} may be bad`] : [],
    ...unchecked > 0 ? [`${unchecked.toLocaleString('en')} cannot be checked`] : []
  ]
  return `  of ${count(checked.expected.files.length, 'file')} ${parts.join(', ')}; ${piecesLine(checked)}`
}

function linesOf ({ file, problem, reason, size, ranges }: Finding): string[] {
  const name = printable(file.path)
  const isThere = size === file.length
  return [
    ...problem === 'length' && size !== undefined
      ? [`${name}: ${lengthText(size, file.length)}`]
      : linesOfProblem(problem, reason).map((line) => `${name}: ${line}`),
    // What is missing of the file itself is said.
    ...ranges.filter(({ why }) => why !== 'missing' || isThere).map((range) => `${name}: ${rangeText(range)}`)
  ]
}

function linesOfProblem (problem: Finding['problem'], reason: string | undefined): string[] {
  if (problem === 'missing') return ['it is not there']
  return reason === undefined ? [] : [reason]
}

const lengthText = (size: number, expected: number): string =>
  `it has ${count(size, 'byte')} and should have ${expected.toLocaleString('en')}`

function rangeText ({ firstPiece, lastPiece, firstByte, lastByte, why, isShared }: BadRange): string {
  const pieces = firstPiece === lastPiece ? `piece ${firstPiece}` : `pieces ${firstPiece}-${lastPiece}`
  const range = `${pieces}, bytes ${firstByte}-${lastByte}`
  switch (why) {
    case 'differs': return isShared ? `${range}: it, or another file in there` : range
    case 'somewhere': return `somewhere in ${range}: the torrent has no hashes that tell`
    case 'missing': return isShared ? `${range}: not checked, as another file in there has not all of its bytes` : range
    case 'version 1': return `${range}, by version 1 alone: the torrent contradicts itself`
    case 'version 2': return `${range}, by version 2 alone: the torrent contradicts itself`
  }
}
