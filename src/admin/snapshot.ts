import type { BucketEvents } from '../warming/bucket-events.js'
import type { Snapshot } from './dashboard/wire.js'
import type { History } from './history.js'
import { bandwidthSaved, trafficOf } from './readings.js'
import type { Readings } from './readings.js'
import type { TorrentList } from './torrent-list.js'

export interface SnapshotParts {
  readonly readings: Readings
  readonly history: History
  readonly torrents: TorrentList
  readonly events: BucketEvents
  readonly version: string
}

const MAX_JOBS = 20

export async function takeSnapshot (
  { readings, history, torrents, events, version }: SnapshotParts
): Promise<Snapshot> {
  const { hasher, requests, store, swarms, seeder, ownKeyPairState } = readings
  const [listed, space] = await Promise.all([torrents.latest(), store.space()])
  const traffic = trafficOf(readings)
  const jobs = hasher.jobs.sort((a, b) => Number(b.inTurn) - Number(a.inTurn))
  return {
    version,
    uptime: Math.floor(process.uptime()),
    now: history.take(),
    jobs: jobs.slice(0, MAX_JOBS),
    moreJobs: Math.max(0, jobs.length - MAX_JOBS),
    torrents: listed,
    requests: requests.all,
    traffic,
    saved: bandwidthSaved(traffic) ?? null,
    store: space,
    swarm: {
      swarms: swarms.swarms,
      ...swarms.peers,
      connected: seeder?.peers ?? 0
    },
    eventsWaiting: events.waiting,
    ownKeyPairRefused: ownKeyPairState.refused ?? null
  }
}
