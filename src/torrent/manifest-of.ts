import { S3Error } from '../s3/errors.js'
import { laidOut, manifestInfo } from './manifest.js'
import type { LaidManifest, ManifestFile } from './manifest.js'
import type { MetaVersion } from './meta-version.js'
import { PieceDigests } from './piece-digests.js'
import { MAX_PIECE_LENGTH, autoPrefixPieceLength } from './piece-length.js'
import { infoTemplate } from './info.js'
import { lengthOf } from './template.js'
import { layersBytes } from './torrent-digests.js'
import { prefixName, torrentPaths } from './torrent-paths.js'

export interface PrefixOf {
  readonly origin: string
  readonly bucket: string
  readonly prefix: string
  /** Of the torrent, instead of the one that prefixName makes. */
  readonly name?: string
  readonly pieceLength: number | 'auto'
  readonly metaVersion: MetaVersion
}

/** libtorrent 2.0 loads no larger metainfo file; room for trackers and the like is left. */
const MAX_METAINFO_BYTES = 9_990_000

/** Of a file and a pad, at most: its path in a list and in a tree, lengths, a root. */
const FILE_BYTES = 2 * 1100 + 300

/**
 * The manifest of objects under a prefix, in whichever order they come.
 * @throws S3Error InvalidRequest where the torrent would be longer than clients load
 */
export function manifestOf (
  { origin, bucket, prefix, name = prefixName(bucket, prefix), pieceLength, metaVersion }: PrefixOf,
  objects: ReadonlyMap<string, { readonly etag: string, readonly size: number }>
): LaidManifest {
  const files: ManifestFile[] = torrentPaths(prefix, [...objects.keys()]).map(({ key, path }) => {
    const { etag = '', size = 0 } = objects.get(key) ?? {}
    return { key, etag, size, path }
  })
  const cut = (pieceLength: number): LaidManifest =>
    laidOut({ origin, bucket, prefix, name, pieceLength, metaVersion, files })
  const size = files.reduce((sum, { size }) => sum + size, 0)
  let manifest = cut(pieceLength === 'auto' ? autoPrefixPieceLength(size) : pieceLength)
  while (metainfoBytes(manifest) > MAX_METAINFO_BYTES) {
    if (pieceLength !== 'auto' || manifest.pieceLength >= MAX_PIECE_LENGTH) throw tooLong(manifest)
    manifest = cut(manifest.pieceLength * 2)
  }
  return manifest
}

function tooLong ({ pieceLength }: LaidManifest): S3Error {
  return new S3Error('InvalidRequest', {
    message: `The torrent would have more than ${MAX_METAINFO_BYTES} bytes with a piece length of ${pieceLength}, ` +
      'which clients do not load: ask for a longer prefix.'
  })
}

/** Of all that grows with pieces and files; an estimate where it is far below the limit. */
function metainfoBytes (manifest: LaidManifest): number {
  const { layout: { size, files }, pieceLength, metaVersion } = manifest
  const most = PieceDigests.bytesOf({ size, pieceLength, metaVersion }) + files.length * FILE_BYTES
  if (most < MAX_METAINFO_BYTES) return most
  const info = manifestInfo(manifest)
  return lengthOf(infoTemplate(info)) + layersBytes(info)
}
