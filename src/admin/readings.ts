import type { DigestCounts } from '../hashing/hash-object.js'
import type { OwnKeyPairStatus } from '../objects/origin-status.js'
import type { Hasher } from '../hashing/hasher.js'
import type { StoreStatus } from '../store/store-status.js'
import type { Seeder } from '../swarm/seeder/seeder.js'
import type { TrackerTransport } from '../swarm/tracker/transport.js'
import type { SwarmStatus } from '../peers/swarm-store.js'
import type { Delivery } from '../delivery/delivery.js'
import type { Traffic } from './dashboard/wire.js'
import type { RequestTotals } from './request-totals.js'

/** The parts of the process that count. They are read when a dashboard is open, or /metrics is asked for. */
export interface Readings {
  readonly requests: RequestTotals
  readonly digests: DigestCounts
  readonly hasher: Hasher
  readonly store: StoreStatus
  readonly delivery: Delivery
  readonly swarms: SwarmStatus
  readonly seeder: Seeder | undefined
  readonly ownKeyPairState: OwnKeyPairStatus
  /** Each transport of the tracker; none where no tracker runs. */
  readonly trackers: ReadonlyArray<Pick<TrackerTransport, 'name' | 'counts'>>
}

/** The status where no tracker runs. */
export const NO_SWARMS: SwarmStatus = { swarms: 0, peers: { seeders: 0, leechers: 0 }, downloadedBytes: 0 }

export function trafficOf ({ hasher, delivery, swarms, requests }: Readings): Traffic {
  const { read, webSeed, seeder } = delivery.counts
  return {
    originHashing: hasher.counts.bytes,
    originSwarm: read,
    originObjects: requests.bytesOf('GetObject'),
    webSeed,
    seeder,
    downloaded: Math.max(swarms.downloadedBytes, webSeed + seeder)
  }
}

/**
 * The part of what the swarm has downloaded that did not have to be read at the origin, hashing included; undefined:
 * nothing was downloaded.
 */
export function bandwidthSaved ({ originHashing, originSwarm, downloaded }: Traffic): number | undefined {
  return downloaded === 0 ? undefined : 1 - (originHashing + originSwarm) / downloaded
}
