import type { Config } from './config/load.js'
import type { Buckets } from './objects/buckets.js'
import type { OpenedSwarm } from './open-swarm.js'
import type { TorrentOptions } from './operations/get-object-torrent.js'

/** What the configuration says of torrents. @param publicUrl asked late: the listener may have to say it */
export function torrentOptions (
  config: Config, swarm: Pick<OpenedSwarm, 'trackerUrls'>, buckets: Buckets, publicUrl: () => string
): TorrentOptions {
  const { announce, webSeeds, pieceLength, metaVersion, maxObjectSize, bucketOwners, xAmzInfo } = config
  return {
    announce,
    ownTracker: () => swarm.trackerUrls(publicUrl()),
    webSeeds,
    pieceLength,
    metaVersion,
    maxObjectSize,
    bucketOwners,
    buckets,
    xAmzInfo,
    publicUrl
  }
}
