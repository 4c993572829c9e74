import type { TorrentFile } from '../../torrent/torrent-file.js'
import type { ExpectedTorrent } from '../../torrent/expected-torrent.js'
import type { CommandContext } from '../context.js'
import { CommandError, UsageError } from '../errors.js'
import { count } from '../format.js'
import { openSource } from '../open-source.js'
import type { S3Flags } from '../s3-flags.js'
import type { SourceUri } from '../source-uri.js'
import { isFolder, openFolder } from './folder-place.js'
import { placeOf } from './place.js'
import type { Place } from './place.js'
import { openPrefix } from './prefix-place.js'

/** Where the bytes of a torrent are: one object, a folder, or a prefix. @throws CommandError, UsageError */
export async function openPlace (
  uri: SourceUri,
  { name, isSingleFile, files }: TorrentFile,
  expected: ExpectedTorrent,
  flags: S3Flags & { readonly versionId?: string },
  context: CommandContext
): Promise<Place> {
  const { versionId } = flags
  if (!isSingleFile) {
    if (versionId !== undefined && uri.kind === 's3') {
      throw new UsageError('--version-id is of one object, and the torrent is a folder of files.')
    }
    if (uri.kind === 's3') return await openPrefix({ bucket: uri.bucket, prefix: uri.key }, name, flags, context)
    if (uri.kind === 'file' && await isFolder(uri.path)) return await openFolder(uri.path, name, expected.files)
    if (files.length !== 1 && uri.kind === 'url') {
      throw new CommandError(
        `The torrent has ${count(files.length, 'file')} in a folder, and a URL is one file; name the folder, or ` +
        's3://bucket/prefix/.'
      )
    }
  }
  const source = await openSource(uri, versionId, flags, context)
  if (!isSingleFile && files.length !== 1) {
    await source.close()
    throw new CommandError(
      `${source.label} is one file, and the torrent has ${count(files.length, 'file')} in a folder; name it, ` +
      'or s3://bucket/prefix/.'
    )
  }
  return placeOf(source)
}
