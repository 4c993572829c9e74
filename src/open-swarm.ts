import type { PublicAccess } from './access/public-access.js'
import type { PublicPrefixes } from './access/public-prefix.js'
import type { SameBytes } from './access/same-bytes.js'
import type { Config } from './config/load.js'
import type { Delivery } from './delivery/delivery.js'
import type { ClientAddress } from './net/client-address.js'
import type { ConnectionBounds } from './net/http-server.js'
import type { Objects } from './objects/objects.js'
import { MemorySwarmStore } from './peers/memory/memory-swarm-store.js'
import type { SwarmStatus, SwarmStore } from './peers/swarm-store.js'
import type { KnownManifests } from './store/known-manifests.js'
import type { OpenedStore } from './store/opened-store.js'
import { PublicTorrents } from './swarm/public-torrents.js'
import { Seeder } from './swarm/seeder/seeder.js'
import type { SeederLog } from './swarm/seeder/seedings.js'
import { SeederAddress } from './swarm/seeder/seeder-address.js'
import { HttpTracker } from './swarm/tracker/http/listener.js'
import { Tracker } from './swarm/tracker/tracker.js'
import type { TrackerLog, TrackerTransport } from './swarm/tracker/transport.js'
import { UdpTracker } from './swarm/tracker/udp/listener.js'

interface SwarmParts {
  readonly origin: Objects
  readonly access: PublicAccess
  readonly publicPrefixes: PublicPrefixes
  readonly store: OpenedStore
  readonly manifests: KnownManifests
  readonly sameBytes: SameBytes
  readonly delivery: Delivery
  readonly clientAddress: ClientAddress
  readonly connections: ConnectionBounds
  readonly log: SeederLog & TrackerLog
}

/** Tracker and seeder of public torrents, each where the configuration wants one. */
export interface OpenedSwarm {
  readonly torrents: PublicTorrents
  readonly seeder: Seeder | undefined
  /** Undefined where there is no tracker. */
  readonly swarms: (SwarmStore & SwarmStatus) | undefined
  readonly trackers: readonly TrackerTransport[]
  /** URLs of the own tracker, where the server has this base URL. */
  readonly trackerUrls: (publicUrl: string) => string[]
  /** @throws ListenError */
  listen (): Promise<void>
  close (): Promise<void>
}

/** Makes the parts of the swarm. Whoever opens it closes it. */
export function openSwarm (
  { host, tracker: tracked, seeder: seeded, perNetwork }: Config, parts: SwarmParts
): OpenedSwarm {
  const { clientAddress, connections, log } = parts
  const torrents = new PublicTorrents(parts)
  const seeder = seeded && new Seeder({
    ...parts,
    torrents,
    uploadSlots: seeded.slots,
    address: new SeederAddress({ port: seeded.port, host, told: seeded.addresses })
  })
  const swarms = tracked && new MemorySwarmStore({ silence: tracked.interval * 2 })
  const tracker = swarms && new Tracker({ torrents, seeder, swarms, interval: tracked.interval })
  const requestsPerNetwork = perNetwork.requests
  const trackers: readonly TrackerTransport[] = tracker === undefined
    ? []
    : [
        new HttpTracker({ tracker, clientAddress, connections, requestsPerNetwork, log }),
        new UdpTracker({ tracker, log })
      ]

  return {
    torrents,
    seeder,
    swarms,
    trackers,
    trackerUrls (publicUrl) {
      if (tracked === undefined) return []
      if (tracked.urls.length > 0) return [...tracked.urls]
      const { hostname } = new URL(publicUrl)
      return trackers.map(({ name }) => `${name}://${hostname}:${tracked.port}/announce`)
    },
    async listen () {
      for (const transport of trackers) if (tracked) await transport.listen(host, tracked.port)
      if (seeded) await seeder?.listen(host, seeded.port)
    },
    async close () {
      torrents.close()
      seeder?.close()
      for (const transport of trackers) transport.close()
      await swarms?.close()
    }
  }
}
