import { CHUNK_BYTES } from '../../src/delivery/chunk.js'
import { SeededTorrent } from '../../src/swarm/seeder/seeded-torrent.js'
import type { Version2Torrent } from './version2.js'
import { seededFile } from './seeded-file.js'

/** A torrent as peers are given it, whose content is in memory. @param version2 false: as if it had version 1 alone */
export function seededVersion2 (
  torrent: Version2Torrent, content: Buffer, { version2 = true }: { version2?: boolean } = {}
): SeededTorrent {
  const { info, infoHash2, trees, digests } = torrent
  return new SeededTorrent({
    ...seededFile(
      { object: { bucket: 'media', key: 'film.bin' }, etag: '"1"', size: content.length },
      trees.pieceLength,
      digests.metaVersion
    ),
    delivery: {
      chunk: async (_content, _everybody, number) => ({
        bytes: content.subarray(number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES), release: () => {}
      }),
      forget: () => {}
    },
    info,
    digests,
    version2: version2 ? { infoHash: infoHash2.subarray(0, 20), trees } : undefined
  })
}
