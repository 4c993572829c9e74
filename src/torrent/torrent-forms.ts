import { magnet } from './magnet.js'
import { infoHash } from './metainfo.js'
import type { ObjectTorrent } from './object-torrent.js'
import { DIGEST_DIGITS } from './sha1.js'

/** A torrent as it is answered; its length is known before its digests. */
export interface TorrentForm {
  /** Bytes. */
  readonly length: number
  /** All that does not depend on the digests. */
  readonly known: readonly Buffer[]
  whole (digests: Buffer): Buffer
  /** What is known at once, then the rest while the digests come. */
  stream (digests: AsyncGenerator<Buffer>): AsyncGenerator<Buffer>
}

/** A metainfo file. */
export function asMetainfo ({ file }: ObjectTorrent): TorrentForm {
  const { head, piecesLength, tail } = file
  return {
    length: head.length + piecesLength + tail.length,
    known: [head, tail],
    whole: (digests) => Buffer.concat([head, digests, tail]),
    async * stream (digests) {
      yield head
      yield * digests
      yield tail
    }
  }
}

/** A magnet link, and nothing else. */
export function asMagnet ({ file, identity, name, trackers, webSeeds, exactSource }: ObjectTorrent): TorrentForm {
  const link = magnet({ name, length: identity.size, trackers: trackers.flat(), webSeeds, exactSource })
  const head = Buffer.from(link.head)
  const tail = Buffer.from(link.tail)
  const rest = (digests: Buffer): Buffer => Buffer.concat([Buffer.from(infoHash(file, digests).hex), tail])
  return {
    length: head.length + DIGEST_DIGITS + tail.length,
    known: [head, tail],
    whole: (digests) => Buffer.concat([head, rest(digests)]),
    async * stream (digests) {
      yield head
      const all: Buffer[] = []
      for await (const some of digests) all.push(some)
      yield rest(Buffer.concat(all))
    }
  }
}
