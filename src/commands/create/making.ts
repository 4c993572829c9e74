import { stat } from 'node:fs/promises'
import { fileNameOf } from '../../torrent/file-name.js'
import { fillFolderTemplate } from '../../torrent/folder-seed-url.js'
import { shownUrl } from '../../util/shown-url.js'
import { printable } from '../../util/unprintable.js'
import type { CommandContext } from '../context.js'
import { UsageError } from '../errors.js'
import { openSource } from '../open-source.js'
import { openFolder, openPrefix } from '../prefix/prefix-source.js'
import type { PrefixSource } from '../prefix/prefix-source.js'
import type { Progress } from '../progress.js'
import type { SourceUri } from '../source-uri.js'
import type { CreateFlags } from './create.js'
import { makePrefixTorrent } from './make-prefix-torrent.js'
import type { PrefixSettings } from './make-prefix-torrent.js'
import { makeTorrent } from './make-torrent.js'
import type { MadeTorrent } from './make-torrent.js'
import { assertOutside } from './outside.js'

/** A torrent that is to be made. Whoever opens it closes it. */
export interface Making {
  /** Of the torrent. */
  readonly name: string
  /** @throws CommandError */
  make (progress: Progress, signal: AbortSignal): Promise<MadeTorrent>
  close (): Promise<void>
}

/** @param directory in which hashes are kept @throws CommandError, UsageError */
export async function openMaking (
  uri: SourceUri, settings: PrefixSettings, directory: string, flags: CreateFlags, context: CommandContext
): Promise<Making> {
  if (uri.kind === 's3' && flags.recursive) {
    assertForSeveral(flags)
    return ofSeveral(await openPrefix(uri, flags, context), settings, directory)
  }
  if (uri.kind === 'file' && await isFolder(uri.path)) {
    assertForSeveral(flags)
    const source = await openFolder(uri.path)
    if (flags.output !== '-') {
      await assertOutside(source, flags.output ?? '.', 'The torrent', '-o names a place outside of it')
    }
    await assertOutside(source, directory, 'The data directory', '--data-dir names one outside of it')
    return ofSeveral(source, settings, directory)
  }
  if (uri.kind === 's3' && uri.key === '') {
    throw new UsageError(
      `s3://${printable(uri.bucket)} names no object: the key is missing; --recursive makes one torrent of all its ` +
      'objects.'
    )
  }
  const source = await openSource(uri, flags.versionId, flags, context)
  return {
    name: fileNameOf(source.name),
    make: (progress, signal) => makeTorrent(source, settings, directory, progress, signal),
    close: () => source.close()
  }
}

async function ofSeveral (source: PrefixSource, settings: PrefixSettings, directory: string): Promise<Making> {
  try {
    const webSeeds = settings.webSeeds.map((template) => folderSeed(template, source))
    return {
      name: source.name,
      make: (progress, signal) => makePrefixTorrent(source, { ...settings, webSeeds }, directory, progress, signal),
      close: () => source.close()
    }
  } catch (error) {
    await source.close()
    throw error
  }
}

/** @throws UsageError */
function folderSeed (template: string, { kind, bucket, above, name }: PrefixSource): string {
  const folder = above ?? (template.includes('{key}') ? undefined : '')
  const url = folder === undefined
    ? undefined
    : fillFolderTemplate(template, { bucket: kind === 's3' ? bucket : '', above: folder })
  if (url !== undefined) return url
  throw new UsageError(
    `--web-seed "${shownUrl(template)}" cannot be asked for several files: clients append ` +
    `${printable(name)}/ and the path of each, so name the URL of the folder in which ${printable(name)} is.`
  )
}

/** @throws UsageError */
function assertForSeveral ({ versionId, xAmzInfo }: CreateFlags): void {
  if (versionId !== undefined) throw new UsageError('--version-id is for one object.')
  if (xAmzInfo) throw new UsageError('--x-amz-info is for one object: a torrent of several has no key.')
}

function isFolder (path: string): Promise<boolean> {
  return stat(path).then((stats) => stats.isDirectory(), () => false)
}
