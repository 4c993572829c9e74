import type { Verified } from '../../hashing/verified-pieces.js'
import { EXIT } from '../../util/operator-error.js'
import { printable } from '../../util/unprintable.js'
import type { CommandContext } from '../context.js'
import { CommandError } from '../errors.js'
import { openSource } from '../open-source.js'
import type { Source } from '../open-source.js'
import { openProgress } from '../progress.js'
import type { Progress } from '../progress.js'
import type { S3Flags } from '../s3-flags.js'
import { sourceUriOf } from '../source-uri.js'
import type { SourceUri } from '../source-uri.js'
import { loadTorrent } from '../torrent-input.js'
import { check } from './check.js'
import { checkable } from './checkable-torrent.js'
import type { CheckableTorrent } from './checkable-torrent.js'
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
  const torrent = checkable(await loadTorrent(place, context), torrentLabel)
  const source = await openSource(uri, flags.versionId, flags, context)
  const progress = openProgress(stderr, flags.quiet)
  const started = performance.now()
  try {
    const { verified, page } = await checkOrPage(uri, source, torrent, progress, context)
    progress.close()
    if (page !== undefined && !flags.json) throw new CommandError(page)
    const isRight = verified.bad.length === 0 && verified.size === torrent.size
    if (flags.json) stdout.write(jsonOf(source, torrent, verified, isRight, page))
    else if (!flags.quiet) {
      stdout.write(isRight
        ? rightText(source, torrent, performance.now() - started)
        : wrongText(source, torrentLabel, torrent, verified))
    }
    if (!isRight) exitWith(EXIT.failed)
  } finally {
    progress.close()
    await source.close()
  }
}

/** What was read, and the sentence for where a server answers a page in its place: a folder's, an error's, a login. */
async function checkOrPage (
  uri: SourceUri, source: Source, torrent: CheckableTorrent, progress: Progress, context: CommandContext
): Promise<{ verified: Verified, page: string | undefined }> {
  const pageInstead = async (): Promise<string | undefined> => uri.kind === 'url'
    ? (await import('../page-instead.js')).pageInstead(uri.url, source.label, torrent.name, context)
    : undefined
  try {
    const verified = await check(source, torrent, progress, context.signal)
    const bad = verified.bad.reduce((sum, { pieces }) => sum + pieces, 0)
    const isNothing = bad === torrent.pieces && (bad > 0 || verified.size !== torrent.size)
    return { verified, page: isNothing ? await pageInstead() : undefined }
  } catch (error) {
    const page = context.signal.aborted ? undefined : await pageInstead()
    throw page === undefined ? error : new CommandError(page, { cause: error })
  }
}
