import { pieceLengthOf } from '../../config/torrents.js'
import { tiersOf } from '../../config/url.js'
import { OPTIONS } from '../../config/options.js'
import { optionValue } from '../../config/option-value.js'
import { torrentFileName } from '../../torrent/file-name.js'
import { FORMATS } from '../../torrent/meta-version.js'
import type { TorrentFormat } from '../../torrent/meta-version.js'
import { isMagnetLink } from '../../torrent/magnet-link.js'
import { escapedUrl } from '../../util/escaped-url.js'
import { shownUrl } from '../../util/shown-url.js'
import type { CommandContext } from '../context.js'
import { dataDirectory } from '../data-directory.js'
import { UsageError } from '../errors.js'
import { outputFile } from '../output-file.js'
import { openProgress } from '../progress.js'
import type { S3Flags } from '../s3-flags.js'
import { sourceUriOf } from '../source-uri.js'
import type { SourceUri } from '../source-uri.js'
import { openMaking } from './making.js'
import type { PrefixSettings } from './make-prefix-torrent.js'
import { jsonOf, textOf } from './report.js'

export interface CreateFlags extends S3Flags {
  readonly output?: string
  readonly recursive: boolean
  readonly announce: readonly string[]
  readonly webSeed: readonly string[]
  readonly pieceLength: string
  readonly format: TorrentFormat
  readonly versionId?: string
  readonly xAmzInfo: boolean
  /** The default is a number. */
  readonly maxPrefixObjects: string | number
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
  const making = await openMaking(uri, settings, dataDirectory(flags.dataDir, env), flags, context)
  const progress = openProgress(stderr, flags.quiet)
  try {
    const file = flags.output === '-'
      ? undefined
      : await outputFile(flags.output ?? '.', torrentFileName(making.name))
    const made = await making.make(progress, context.signal)
    progress.close()
    if (file === undefined) stdout.write(made.content)
    else await file.write(made.content)
    if (flags.json) stdout.write(jsonOf(made, file))
    else if (!flags.quiet) (file === undefined ? stderr : stdout).write(textOf(made, file))
  } finally {
    progress.close()
    await making.close()
  }
}

function uriOf (text: string): SourceUri {
  if (isMagnetLink(text)) {
    throw new UsageError(
      'A magnet link names a torrent that is there already, and holds no bytes; create takes s3://bucket/key, a file ' +
      'or a folder.'
    )
  }
  const uri = sourceUriOf(text)
  if (uri.kind === 'url') {
    throw new UsageError(`"${shownUrl(text)}" is a URL; create takes s3://bucket/key, a file or a folder.`)
  }
  return uri
}

function settingsOf (
  { pieceLength, format, announce, webSeed, xAmzInfo, maxPrefixObjects }: CreateFlags
): PrefixSettings {
  return {
    pieceLength: pieceLengthOf(pieceLength, '--piece-length'),
    metaVersion: FORMATS[format],
    announce: tiersOf('--announce', announce),
    webSeeds: webSeed.map(webSeedOf),
    xAmzInfo,
    maxObjects: Number(
      optionValue(OPTIONS['max-prefix-objects'], String(maxPrefixObjects), '--max-prefix-objects')
    )
  }
}

function webSeedOf (text: string): string {
  const url = escapedUrl(text)
  if (url === undefined || !/^https?:/i.test(url) || url.includes('#')) {
    throw new UsageError(`--web-seed "${shownUrl(text)}" is no http:// or https:// URL.`)
  }
  return url
}
