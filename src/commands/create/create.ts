import { pieceLengthOf } from '../../config/torrents.js'
import { tiersOf } from '../../config/url.js'
import { fileNameOf, torrentFileName } from '../../torrent/file-name.js'
import { FORMATS } from '../../torrent/meta-version.js'
import type { TorrentFormat } from '../../torrent/meta-version.js'
import { isMagnetLink } from '../../torrent/magnet-link.js'
import { escapedUrl } from '../../util/escaped-url.js'
import { shownUrl } from '../../util/shown-url.js'
import type { CommandContext } from '../context.js'
import { dataDirectory } from '../data-directory.js'
import { UsageError } from '../errors.js'
import { openSource } from '../open-source.js'
import { outputFile } from '../output-file.js'
import { openProgress } from '../progress.js'
import type { S3Flags } from '../s3-flags.js'
import { sourceUriOf } from '../source-uri.js'
import type { SourceUri } from '../source-uri.js'
import { makeTorrent } from './make-torrent.js'
import type { TorrentSettings } from './make-torrent.js'
import { jsonOf, textOf } from './report.js'

export interface CreateFlags extends S3Flags {
  readonly output?: string
  readonly announce: readonly string[]
  readonly webSeed: readonly string[]
  readonly pieceLength: string
  readonly format: TorrentFormat
  readonly versionId?: string
  readonly xAmzInfo: boolean
  readonly dataDir?: string
  readonly quiet: boolean
  readonly json: boolean
}

/** @throws OperatorError */
export async function create (text: string, flags: CreateFlags, context: CommandContext): Promise<void> {
  const { env, stdout, stderr } = context
  const uri = uriOf(text)
  if (flags.output === '-' && flags.json) throw new UsageError('-o - and --json would both write to standard output.')
  const settings = settingsOf(flags)
  const source = await openSource(uri, flags.versionId, flags, context)
  const progress = openProgress(stderr, flags.quiet)
  try {
    const file = flags.output === '-'
      ? undefined
      : await outputFile(flags.output ?? '.', torrentFileName(fileNameOf(source.name)))
    const made = await makeTorrent(source, settings, dataDirectory(flags.dataDir, env), progress, context.signal)
    progress.close()
    if (file === undefined) stdout.write(made.content)
    else await file.write(made.content)
    if (flags.json) stdout.write(jsonOf(made, file))
    else if (!flags.quiet) (file === undefined ? stderr : stdout).write(textOf(made, file))
  } finally {
    progress.close()
    await source.close()
  }
}

function uriOf (text: string): SourceUri {
  if (isMagnetLink(text)) {
    throw new UsageError(
      'A magnet link names a torrent that is there already, and holds no bytes; create takes s3://bucket/key or a file.'
    )
  }
  const uri = sourceUriOf(text)
  if (uri.kind === 'url') {
    throw new UsageError(`"${shownUrl(text)}" is a URL; create takes s3://bucket/key or a file.`)
  }
  return uri
}

function settingsOf ({ pieceLength, format, announce, webSeed, xAmzInfo }: CreateFlags): TorrentSettings {
  return {
    pieceLength: pieceLengthOf(pieceLength, '--piece-length'),
    metaVersion: FORMATS[format],
    announce: tiersOf('--announce', announce),
    webSeeds: webSeed.map(webSeedOf),
    xAmzInfo
  }
}

function webSeedOf (text: string): string {
  const url = escapedUrl(text)
  if (url === undefined || !/^https?:/i.test(url) || url.includes('#')) {
    throw new UsageError(`--web-seed "${shownUrl(text)}" is no http:// or https:// URL.`)
  }
  return url
}
