import type { PieceDigests } from '../../torrent/piece-digests.js'
import type { TorrentFile } from '../../torrent/torrent-file.js'
import { CommandError } from '../errors.js'
import { count } from '../format.js'

/** A torrent whose bytes can be checked: version 1, one file. */
export type CheckableTorrent = TorrentFile & { readonly digests: PieceDigests }

/** @param label what the torrent was given as @throws CommandError where its bytes cannot be checked */
export function checkable (torrent: TorrentFile, label: string): CheckableTorrent {
  const { digests, isSingleFile, files } = torrent
  if (digests === undefined) {
    throw new CommandError(`${label} is of version 2 alone (BEP 52), whose hashes are not checked here.`)
  }
  if (!isSingleFile) {
    throw new CommandError(
      `${label} has ${count(files.length, 'file')} in a folder; an object is one file, and verify takes torrents ` +
      'of one.'
    )
  }
  return { ...torrent, digests }
}
