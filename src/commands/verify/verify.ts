import { Command } from 'commander'
import { verifyPieces } from '../../hashing/verified-pieces.js'
import type { Verified } from '../../hashing/verified-pieces.js'
import type { PieceDigests } from '../../torrent/piece-digests.js'
import type { TorrentFile } from '../../torrent/torrent-file.js'
import { EXIT } from '../../util/operator-error.js'
import { printable } from '../../util/unprintable.js'
import { engine } from '../engine.js'
import { CommandError } from '../errors.js'
import { bytes, count, duration, json } from '../format.js'
import { openSource } from '../open-source.js'
import type { Source } from '../open-source.js'
import { placeOf } from '../place.js'
import type { Place } from '../place.js'
import { openProgress } from '../progress.js'
import type { Progress } from '../progress.js'
import { refusalOf } from '../refusal.js'
import { withS3Flags } from '../s3-flags.js'
import type { S3Flags } from '../s3-flags.js'
import type { Surroundings } from '../surroundings.js'
import { loadTorrent } from '../torrent-input.js'

interface VerifyFlags extends S3Flags {
  readonly versionId?: string
  readonly quiet: boolean
  readonly json: boolean
}

const MAX_RANGES = 50
const EXAMPLES = `
Examples:
  object-torrent verify film.mkv.torrent ./film.mkv
  object-torrent verify film.mkv.torrent s3://media/film.mkv --endpoint-url https://s3.example.net
  object-torrent verify 'http://127.0.0.1:8080/media/film.mkv?torrent' ./film.mkv
  object-torrent verify film.mkv.torrent https://cdn.example.net/film.mkv && echo the CDN has the right bytes`

/** `object-torrent verify`: whether somewhere there are the very bytes that a torrent describes. */
export function verifyCommand (io: Surroundings): Command {
  const command = new Command()
    .description('Reads every piece and says which are not what the torrent describes. Exit code 1 if any is not.')
    .argument('<torrent>', 'a .torrent file of one file, or an http(s) URL of one; - is standard input')
    .argument('<source>', 's3://bucket/key, a file, or an http(s) URL')
    .option('--version-id <id>', 'that version of the object')
    .option('-q, --quiet', 'say nothing but errors: the exit code tells', false)
    .option('--json', 'say what was found as JSON', false)
  return withS3Flags(command)
    .addHelpText('after', EXAMPLES)
    .action((torrent: string, source: string, flags: VerifyFlags) => verify(torrent, source, flags, io))
}

async function verify (path: string, text: string, flags: VerifyFlags, io: Surroundings): Promise<void> {
  const place = placeOf(text)
  const torrent = await loadTorrent(path, io)
  const expected = { ...torrent, digests: digestsOf(torrent, printable(path)) }
  const source = await openSource(place, flags.versionId, flags, io)
  const progress = openProgress(io.stderr, flags.quiet)
  const started = performance.now()
  try {
    const { verified, page } = await readOrPage(place, source, expected, progress, io)
    progress.close()
    if (page !== undefined && !flags.json) throw new CommandError(page)
    const isRight = verified.bad.length === 0 && verified.size === torrent.size
    if (flags.json) io.stdout.write(jsonOf(source, expected, verified, isRight, page))
    else if (!flags.quiet) {
      io.stdout.write(
        isRight
          ? rightText(source, expected, performance.now() - started)
          : wrongText(
            source, printable(path), expected, verified
          )
      )
    }
    if (!isRight) io.fail()
  } finally {
    progress.close()
    await source.close()
  }
}

/** What was read, and the sentence for where a server answers a page in its place: a folder's, an error's, a login. */
async function readOrPage (
  place: Place, source: Source, torrent: Checkable, progress: Progress, io: Surroundings
): Promise<{
  verified: Verified
  page: string | undefined
}> {
  const pageInstead = async (): Promise<string | undefined> => place.kind === 'url'
    ? (await import('../page-instead.js')).pageInstead(place.url, source.label, torrent.name, io)
    : undefined
  try {
    const verified = await read(source, torrent, progress, io.signal)
    const bad = verified.bad.reduce((sum, { pieces }) => sum + pieces, 0)
    const isNothing = bad === torrent.pieces && (bad > 0 || verified.size !== torrent.size)
    return { verified, page: isNothing ? await pageInstead() : undefined }
  } catch (error) {
    const page = io.signal.aborted ? undefined : await pageInstead()
    throw page === undefined ? error : new CommandError(page, { cause: error })
  }
}

type Checkable = TorrentFile & { readonly digests: PieceDigests }

function digestsOf ({ digests, isSingleFile, files }: TorrentFile, label: string): PieceDigests {
  if (digests === undefined) {
    throw new CommandError(`${label} is of version 2 alone (BEP 52), whose hashes are not checked here.`)
  }
  if (!isSingleFile) {
    throw new CommandError(
      `${label} has ${count(files.length, 'file')} in a folder; an object is one file, and verify takes torrents ` +
      'of one.'
    )
  }
  return digests
}

async function read (source: Source, torrent: Checkable, progress: Progress, signal: AbortSignal): Promise<Verified> {
  const { origin, object, requester, label, authorities } = source
  const hasher = engine(1, (line) => progress.line(line), authorities)
  let checked: number | undefined
  try {
    const onProgress = (hashed: number): void => {
      if (checked === undefined) progress.begin(label, torrent.size)
      else progress.update(hashed, 0)
      checked = hashed
    }
    return await verifyPieces({ origin, hasher }, object, requester, torrent, { onProgress }, signal)
  } catch (error) {
    if (signal.aborted) {
      throw new CommandError(
        `Interrupted: ${bytes(checked ?? 0)} of ${bytes(torrent.size)} were read, and nothing is known of the rest.`,
        { exitCode: EXIT.interrupted, cause: error }
      )
    }
    const refusal = refusalOf(error, source)
    throw refusal === undefined ? error : new CommandError(`${refusal}.`, { cause: error })
  } finally {
    await hasher.close()
  }
}

function rightText ({ label }: Source, { pieces, size }: Checkable, ms: number): string {
  const rate = ms < 1000 ? '' : ` in ${duration(ms / 1000)} (${bytes(size / ms * 1000)}/s)`
  return `${label}: ${pieces === 1 ? 'its one piece is right' : `all ${count(pieces, 'piece')} are right`}, ` +
    `${bytes(size)}${rate}\n`
}

function wrongText (
  { label }: Source, torrentLabel: string, { pieces, size, pieceLength }: Checkable, verified: Verified
): string {
  const bad = verified.bad.reduce((sum, run) => sum + run.pieces, 0)
  const ranges = rangesOf(verified, size, pieceLength).slice(0, MAX_RANGES)
    .map(
      ({ firstPiece, lastPiece, firstByte, lastByte }) =>
        `  ${firstPiece === lastPiece ? `piece ${firstPiece}` : `pieces ${firstPiece}-${lastPiece}`}, bytes ` +
        `${firstByte}-${lastByte}\n`
    )
  return [
    `${label} is not what ${torrentLabel} describes:\n`,
    ...verified.size === size
      ? []
      : [
      `  it has ${count(verified.size, 'byte')} and should have ${size.toLocaleString('en')}\n`
        ],
    `  ${bad === 0
? `all ${count(pieces, 'piece')} are right`
: `${bad.toLocaleString('en')} of ` +
      `${count(pieces, 'piece')} ${bad === 1 ? 'is' : 'are'} bad (the first one is piece 0)`}\n`,
    ...ranges,
    ...verified.bad.length > MAX_RANGES
      ? [`  … and ${count(verified.bad.length - MAX_RANGES, 'range')} more; --json names all\n`]
      : []
  ].join('')
}

function jsonOf (
  { label }: Source,
  { infoHash, size, pieces, pieceLength }: Checkable,
  verified: Verified,
  isRight: boolean,
  page: string | undefined
): string {
  const badPieces = verified.bad.reduce((sum, run) => sum + run.pieces, 0)
  return json({
    ok: isRight,
    source: label,
    problem: page,
    infoHash,
    size: verified.size,
    expectedSize: size,
    pieces,
    badPieces,
    bad: rangesOf(verified, size, pieceLength)
  })
}

function rangesOf ({ bad }: Verified, size: number, pieceLength: number): Array<{
  firstPiece: number
  lastPiece: number
  firstByte: number
  lastByte: number
}> {
  return bad.map(({ firstPiece, pieces }) => ({
    firstPiece,
    lastPiece: firstPiece + pieces - 1,
    firstByte: firstPiece * pieceLength,
    lastByte: Math.min(
      size, (firstPiece + pieces) * pieceLength
    ) - 1
  }))
}
