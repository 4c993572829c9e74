import type { SwarmStore } from '../../../src/peers/swarm-store.js'
import { Tracker } from '../../../src/swarm/tracker/tracker.js'

export const INFO_HASH = '01'.repeat(20)

/** A tracker of one torrent, INFO_HASH, without a seeder. */
export function trackerOver (swarms: SwarmStore): Tracker {
  const object = { bucket: 'media', key: 'film' }
  const identity = {
    origin: 'here', ...object, etag: '"1"', size: 2 ** 30, pieceLength: 2 ** 18, metaVersion: 1, xAmzInfo: false
  } as const
  return new Tracker({
    torrents: { find: async (infoHash) => infoHash.hex === INFO_HASH ? { object, identity } : undefined },
    seeder: undefined,
    swarms,
    interval: 1800
  })
}
