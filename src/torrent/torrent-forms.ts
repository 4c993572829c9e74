import { ComingDigests } from './coming-digests.js'
import { magnet, topicsLength, topicsOf } from './magnet.js'
import type { Topics } from './magnet.js'
import { PieceDigests } from './piece-digests.js'
import { filled, knownOf, lengthOf } from './template.js'
import { TorrentDigests } from './torrent-digests.js'
import { infoHashesOf } from './torrent.js'
import type { InfoHashes, Torrent } from './torrent.js'

/** A torrent as it is answered; its length is known before its digests. */
export interface TorrentForm {
  /** Bytes. */
  readonly length: number
  /** All that does not depend on the digests. */
  readonly known: readonly Buffer[]
  whole (digests: PieceDigests): Buffer
  /**
   * What is known at once, then the rest while the digests come, in slices of 16 KiB at most. The last slice comes when
   * the digests have ended.
   */
  stream (digests: AsyncGenerator<PieceDigests>): AsyncGenerator<Buffer>
}

// A reader who stands still holds one.
const SLICE_BYTES = 16 * 1024

/** A metainfo file. */
export function asMetainfo (torrent: Torrent): TorrentForm {
  const { file } = torrent
  return {
    length: lengthOf(file),
    known: knownOf(file),
    whole: (digests) => {
      const torrentDigests = new TorrentDigests(torrent, digests)
      return filled(file, (gap) => torrentDigests.fill(gap))
    },
    async * stream (digests) {
      for await (const bytes of torrent.metaVersion === 1 ? v1Parts(torrent, digests) : v2Parts(torrent, digests)) {
        for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES)
      }
    }
  }
}

// The digests are sent as they come.
async function * v1Parts ({ file }: Torrent, digests: AsyncGenerator<PieceDigests>): AsyncGenerator<Buffer> {
  for (const part of file) {
    if (Buffer.isBuffer(part)) yield part
    else for await (const { sha1 } of digests) yield sha1
  }
}

// The roots of the files stand before everything else, each of which needs all digests of its file.
async function * v2Parts (torrent: Torrent, runs: AsyncGenerator<PieceDigests>): AsyncGenerator<Buffer> {
  const coming = new ComingDigests(torrent, runs)
  try {
    for (const [i, part] of torrent.file.entries()) {
      const isLast = i === torrent.file.length - 1
      if (isLast) await coming.allAreThere()
      if (Buffer.isBuffer(part)) {
        yield part
        continue
      }
      if (part.gap === 'root') await coming.fileIsThere(part.file)
      else await coming.allAreThere()
      yield coming.digests.fill(part)
    }
  } finally {
    await runs.return(undefined)
  }
}

/** A magnet link, and nothing else. */
export function asMagnet (torrent: Torrent): TorrentForm {
  const { metaVersion, trackers } = torrent
  const { head, tail } = magnet({ ...torrent, trackers: trackers.flat() })
  const [known, end] = [Buffer.from(head), Buffer.from(tail)]
  const rest = (digests: PieceDigests): Buffer =>
    Buffer.concat([Buffer.from(topicsOf(topicsIn(infoHashesOf(torrent, digests)))), end])
  return {
    length: known.length + topicsLength(metaVersion) + end.length,
    known: [known, end],
    whole: (digests) => Buffer.concat([known, rest(digests)]),
    async * stream (digests) {
      yield known
      const runs: PieceDigests[] = []
      for await (const run of digests) runs.push(run)
      yield rest(PieceDigests.join(runs, metaVersion))
    }
  }
}

/** The info hashes of a torrent as a magnet link names them. */
export function topicsIn ({ v1, v2 }: InfoHashes): Topics {
  return { v1: v1?.hex, v2 }
}
