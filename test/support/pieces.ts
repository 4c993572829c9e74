import { createHash } from 'node:crypto'
import parseTorrent from 'parse-torrent'
import type { ParsedTorrent } from 'parse-torrent'

/** The SHA-1 of every piece, computed as plainly as can be. */
export async function pieceHashesOf (
  content: Uint8Array | AsyncIterable<Uint8Array>, pieceLength: number
): Promise<Buffer[]> {
  const hashes: Buffer[] = []
  let piece = createHash('sha1')
  let room = pieceLength
  for await (let chunk of content instanceof Uint8Array ? [content] : content) {
    while (chunk.length > 0) {
      const part = chunk.subarray(0, room)
      piece.update(part)
      room -= part.length
      chunk = chunk.subarray(part.length)
      if (room > 0) continue
      hashes.push(piece.digest())
      piece = createHash('sha1')
      room = pieceLength
    }
  }
  if (room < pieceLength) hashes.push(piece.digest())
  return hashes
}

/** A .torrent, or a magnet link, as WebTorrent's parser reads it. Rejects where that does. */
export async function parsed (torrent: Uint8Array | string): Promise<ParsedTorrent> {
  return parseTorrent(torrent)
}
