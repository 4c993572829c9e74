import type { Content } from '../../src/delivery/content.js'
import type { PieceSpaceParts } from '../../src/swarm/seeder/piece-space.js'
import { singleLayout } from '../../src/torrent/layout.js'
import type { MetaVersion } from '../../src/torrent/meta-version.js'

/** Where the pieces of a torrent of one public object are. */
export function seededFile (content: Content, pieceLength: number, metaVersion: MetaVersion = 1): PieceSpaceParts {
  return {
    layout: singleLayout('film.bin', content.size),
    pieceLength,
    metaVersion,
    fileAt: () => ({ content, everybody: { keyPair: undefined, requestPayer: false } })
  }
}
