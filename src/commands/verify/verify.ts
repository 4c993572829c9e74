import { expectedOf } from '../../torrent/expected-torrent.js'
import type { ExpectedTorrent } from '../../torrent/expected-torrent.js'
import { NotATorrent } from '../../torrent/not-a-torrent.js'
import type { TorrentFile } from '../../torrent/torrent-file.js'
import { EXIT } from '../../util/operator-error.js'
import { printable } from '../../util/unprintable.js'
import type { CommandContext } from '../context.js'
import { CommandError } from '../errors.js'
import { openProgress } from '../progress.js'
import type { Progress } from '../progress.js'
import type { S3Flags } from '../s3-flags.js'
import { sourceUriOf } from '../source-uri.js'
import type { SourceUri } from '../source-uri.js'
import { loadTorrent } from '../torrent-input.js'
import { check } from './check.js'
import type { Checked } from './check.js'
import { findingsOf } from './findings.js'
import { openPlace } from './open-place.js'
import type { Place } from './place.js'
import { jsonOf, rightText, wrongText } from './report.js'

export interface VerifyFlags extends S3Flags {
  readonly versionId?: string
  readonly quiet: boolean
  readonly json: boolean
}

/** @param place of the torrent @param text of the source @throws OperatorError */
export async function verify (
  place: string, text: string, flags: VerifyFlags, context: CommandContext
): Promise<void> {
  const { stdout, stderr, exitWith } = context
  const uri = sourceUriOf(text)
  const torrentLabel = printable(place)
  const torrent = await loadTorrent(place, context)
  const expected = checkable(torrent, torrentLabel)
  const source = await openPlace(uri, torrent, expected, flags, context)
  const progress = openProgress(stderr, flags.quiet)
  const started = performance.now()
  try {
    const { checked, page } = await checkOrPage(uri, source, torrent, expected, progress, context)
    progress.close()
    if (page !== undefined && !flags.json) throw new CommandError(page)
    const findings = findingsOf(checked)
    const isRight = checked.bad.length === 0 && findings.length === 0
    const { label, isOneObject } = source
    const told = { label, torrentLabel, isOneObject, torrent, checked, findings }
    if (flags.json) stdout.write(jsonOf(told, isRight, page))
    else if (!flags.quiet) stdout.write(isRight ? rightText(told, performance.now() - started) : wrongText(told))
    if (!isRight) exitWith(EXIT.failed)
  } finally {
    progress.close()
    await source.close()
  }
}

function checkable (torrent: TorrentFile, label: string): ExpectedTorrent {
  try {
    return expectedOf(torrent)
  } catch (error) {
    throw error instanceof NotATorrent
      ? new CommandError(`${label} ${printable(error.message)}.`, { cause: error })
      : error
  }
}

/** What was read, and the sentence for where a server answers a page in its place: a folder's, an error's, a login. */
async function checkOrPage (
  uri: SourceUri,
  source: Place,
  torrent: TorrentFile,
  expected: ExpectedTorrent,
  progress: Progress,
  context: CommandContext
): Promise<{ checked: Checked, page: string | undefined }> {
  const pageInstead = async (): Promise<string | undefined> => uri.kind === 'url'
    ? (await import('../page-instead.js')).pageInstead(uri.url, source.label, torrent.name, context)
    : undefined
  try {
    const checked = await check(source, expected, progress, context.signal)
    const bad = checked.bad.reduce((sum, { pieces }) => sum + pieces, 0)
    const isOther = bad > 0 || checked.found[0]?.head.size !== torrent.size
    return { checked, page: bad === expected.pieces && isOther ? await pageInstead() : undefined }
  } catch (error) {
    const page = context.signal.aborted ? undefined : await pageInstead()
    throw page === undefined ? error : new CommandError(page, { cause: error })
  }
}
