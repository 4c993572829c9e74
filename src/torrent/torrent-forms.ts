import { magnet } from './magnet.js'
import { infoHash } from './metainfo.js'
import type { ObjectTorrent } from './object-torrent.js'
import { PieceDigests } from './piece-digests.js'
import { DIGEST_DIGITS } from './sha1.js'

/** A torrent as it is answered; its length is known before its digests. */
export interface TorrentForm {
  /** Bytes. */
  readonly length: number
  /** All that does not depend on the digests. */
  readonly known: readonly Buffer[]
  whole (digests: PieceDigests): Buffer
  /** What is known at once, then the rest while the digests come, in slices of 16 KiB at most. */
  stream (digests: AsyncGenerator<PieceDigests>): AsyncGenerator<Buffer>
}

// A reader who stands still holds one.
const SLICE_BYTES = 16 * 1024

/** A metainfo file. */
export function asMetainfo ({ file }: ObjectTorrent): TorrentForm {
  const { head, piecesLength, tail } = file
  return {
    length: head.length + piecesLength + tail.length,
    known: [head, tail],
    whole: (digests) => Buffer.concat([head, digests.bytes, tail]),
    async * stream (digests) {
      yield head
      for await (const { bytes } of digests) {
        for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES)
      }
      yield tail
    }
  }
}

/** A magnet link, and nothing else. */
export function asMagnet ({ file, identity, name, trackers, webSeeds, exactSource }: ObjectTorrent): TorrentForm {
  const link = magnet({ name, length: identity.size, trackers: trackers.flat(), webSeeds, exactSource })
  const head = Buffer.from(link.head)
  const tail = Buffer.from(link.tail)
  const rest = (digests: PieceDigests): Buffer => Buffer.concat([Buffer.from(infoHash(file, digests).hex), tail])
  return {
    length: head.length + DIGEST_DIGITS + tail.length,
    known: [head, tail],
    whole: (digests) => Buffer.concat([head, rest(digests)]),
    async * stream (digests) {
      yield head
      const runs: PieceDigests[] = []
      for await (const run of digests) runs.push(run)
      yield rest(PieceDigests.join(runs))
    }
  }
}
