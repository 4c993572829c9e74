import { BLOCK_BYTES, SHA256_BYTES, piecesRootOf } from './merkle.js'
import { hasV1, hasV2 } from './meta-version.js'
import type { MetaVersion } from './meta-version.js'
import { NotATorrent } from './not-a-torrent.js'
import { PieceDigests } from './piece-digests.js'
import type { ContentFile } from './content-files.js'
import type { TorrentFile } from './torrent-file.js'

/** A file as its bytes should be. */
export interface ExpectedFile extends Pick<ContentFile, 'path' | 'length' | 'isBelow' | 'root'> {
  /** Of its first byte in all bytes of the torrent: with a version 2, at a piece's start. */
  readonly offset: number
  /** Zeros behind it in its last piece of version 1, in a hybrid; else none. */
  readonly padding: number
  /** Its piece layer, which is its root's; undefined of a file of one piece, and where the torrent has none. */
  readonly layer: Buffer | undefined
}

/** What the bytes of a torrent should hash to. Symbolic links are not in it: what they lead to is their file's. */
export interface ExpectedTorrent {
  readonly metaVersion: MetaVersion
  readonly pieceLength: number
  readonly pieces: number
  /** Bytes of all pieces, padding included. */
  readonly size: number
  /** Of all pieces of version 1; undefined in version 2 alone. */
  readonly digests: PieceDigests | undefined
  readonly files: readonly ExpectedFile[]
}

/** Libtorrent reads no larger ones, and a thread has the leaves of a piece in memory. */
const MAX_PIECE_BYTES = 1024 ** 3

/** @throws NotATorrent where the torrent contradicts itself, or lacks what its bytes could be checked by */
export function expectedOf (torrent: TorrentFile): ExpectedTorrent {
  const { version, pieceLength, digests, paddedSize } = torrent
  const metaVersion: MetaVersion = version === 'hybrid' ? version : version === '1' ? 1 : 2
  if (hasV2(metaVersion)) assertPieceLength(pieceLength)
  const files: ExpectedFile[] = []
  let end = 0
  for (const file of torrent.files) {
    const offset = hasV1(metaVersion) ? offsetOf(file) : roundUp(end, pieceLength)
    end = offset + file.length
    if (file.isLink && file.length === 0) continue
    const { path, length, isBelow, root } = file
    if (!hasV2(metaVersion) || length === 0) {
      files.push({ path, length, isBelow, root, offset, padding: 0, layer: undefined })
      continue
    }
    if (root === undefined) throw new NotATorrent(`is no torrent: ${path} has no pieces root`)
    if (offset % pieceLength !== 0) throw new NotATorrent(`is no torrent: ${path} does not begin at a piece (BEP 52)`)
    const padding = Math.min(roundUp(end, pieceLength), paddedSize ?? end) - end
    files.push({ path, length, isBelow, root, offset, padding, layer: layerOf(torrent, file, root) })
  }
  if (!Number.isSafeInteger(end)) throw new NotATorrent('is no torrent: its size is beyond all measure')
  const size = paddedSize ?? end
  return { metaVersion, pieceLength, pieces: PieceDigests.piecesOf({ size, pieceLength }), size, digests, files }
}

function assertPieceLength (pieceLength: number): void {
  if (pieceLength < BLOCK_BYTES || pieceLength > MAX_PIECE_BYTES || !Number.isInteger(Math.log2(pieceLength))) {
    throw new NotATorrent(
      `is no torrent: ${pieceLength.toLocaleString('en')} bytes are no piece length of version 2 (BEP 52)`
    )
  }
}

function offsetOf ({ offset, path }: ContentFile): number {
  if (offset !== undefined) return offset
  throw new NotATorrent(`contradicts itself: its halves, of version 1 and 2, do not have the same file ${path}`)
}

function layerOf ({ pieceLayers, pieceLength }: TorrentFile, file: ContentFile, root: Buffer): Buffer | undefined {
  const pieces = PieceDigests.piecesOf({ size: file.length, pieceLength })
  if (pieces < 2) return undefined
  const layer = pieceLayers.get(root.toString('latin1'))
  if (layer === undefined) return undefined
  if (layer.length !== pieces * SHA256_BYTES || !piecesRootOf(layer, pieceLength).equals(root)) {
    throw new NotATorrent(`contradicts itself: the piece layer of ${file.path} is not that of its pieces root (BEP 52)`)
  }
  return layer
}

const roundUp = (bytes: number, pieceLength: number): number => Math.ceil(bytes / pieceLength) * pieceLength
