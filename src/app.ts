import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { AdminServer } from './admin/admin-server.js'
import { BucketEvents } from './warming/bucket-events.js'
import { History } from './admin/history.js'
import { createMetrics } from './admin/metrics/metrics.js'
import { NO_SWARMS } from './admin/readings.js'
import type { Readings } from './admin/readings.js'
import { RequestTotals } from './admin/request-totals.js'
import { TorrentList } from './admin/torrent-list.js'
import type { Config } from './config/load.js'
import { KeyRing } from './credentials/key-ring.js'
import { openLogStream } from './http/log-stream.js'
import { mountOwn } from './http/own-routes.js'
import { mountS3 } from './http/s3-routes.js'
import type { S3Parts } from './http/s3-routes.js'
import { createServer } from './http/server.js'
import { clientAddress as clientAddressOf, proxyCheck } from './net/client-address.js'
import { BACKLOG, ListenError } from './net/listen.js'
import { readTlsPair, watchTlsPair } from './net/tls-certificate.js'
import { PublicAccess } from './access/public-access.js'
import { SameBytes } from './access/same-bytes.js'
import { DirectoryOrigin } from './objects/directory/directory-origin.js'
import { FairOrigin } from './objects/fair-origin.js'
import { OriginOddities } from './objects/s3/origin-oddities.js'
import { OwnKeyPairState } from './objects/s3/own-key-pair.js'
import { S3Origin } from './objects/s3/s3-origin.js'
import { openOutward } from './outward.js'
import { Hasher } from './hashing/hasher.js'
import { openStore } from './store/open-store.js'
import { PublicTorrents } from './swarm/public-torrents.js'
import { Seeder } from './swarm/seeder/seeder.js'
import { SeederAddress } from './swarm/seeder/seeder-address.js'
import { HttpTracker } from './swarm/tracker/http/listener.js'
import { MemorySwarmStore } from './peers/memory/memory-swarm-store.js'
import { Tracker } from './swarm/tracker/tracker.js'
import type { TrackerTransport } from './swarm/tracker/transport.js'
import { UdpTracker } from './swarm/tracker/udp/listener.js'
import { Uploads } from './delivery/uploads.js'
import { version } from './util/version.js'

export interface App {
  /** Listens, and returns the listener's own URL. @throws ListenError */
  listen (): Promise<string>
  /** Stops listening, lets running answers finish for `graceMs`, then breaks them off. */
  close (graceMs: number): Promise<void>
}

/** Makes the parts and mounts the routes. @throws CredentialsFileError, TlsFileError, and what openOutward throws */
export async function createApp (config: Config): Promise<App> {
  const { outbound, own } = await openOutward(config, () => log)
  const keyRing = new KeyRing({ get own () { return own.keyPair }, file: config.credentialsFile })
  await keyRing.refresh()
  const ownKeyPairState = new OwnKeyPairState(() => log, own.renew)
  const origin = 'directory' in config.origin
    ? new DirectoryOrigin(config.origin.directory)
    : new S3Origin({
      ...config.origin,
      region: config.region,
      outbound,
      get ownKeyPair () { return own.keyPair },
      get ownKeyPairHasEnded () { return own.hasEnded },
      ownKeyPairState,
      onOddity: new OriginOddities(() => log).note
    })
  const shared = new FairOrigin(origin)
  const access = new PublicAccess({
    anonymous: config.anonymous, public: config.public, get own () { return own.keyPair }
  }, shared)
  const clientAddress = clientAddressOf(config.trustProxy)
  const connections = { perNetwork: config.perNetwork.connections, isProxy: proxyCheck(config.trustProxy) }
  const requests = new RequestTotals()
  const logStream = await openLogStream(config.logFormat, process.stderr)
  const server = createServer({
    domains: config.domains,
    logLevel: config.logLevel,
    logStream,
    clientAddress,
    connections,
    requestsPerNetwork: config.perNetwork.requests,
    observe: requests.observe,
    onDropped: (count) => { requests.dropped += count },
    cors: config.cors,
    tls: config.tls && await readTlsPair(config.tls)
  })
  const { log } = server
  if (config.serviceLinks.length > 0) {
    log.warn(
      { variables: config.serviceLinks },
      "Kubernetes' links to a Service of this name are no settings, and are ignored; enableServiceLinks: false " +
      'leaves them out'
    )
  }
  const proxy = 'endpoint' in config.origin ? outbound.proxies.for(new URL(config.origin.endpoint)) : undefined
  if (proxy !== undefined) {
    log.info({ proxy: proxy.label }, `the origin is asked through a proxy, as ${proxy.variable} says`)
  }
  const store = await openStore({ directory: config.dataDir, maxBytes: config.storeSize, log })
  const hasher = new Hasher(
    { ...config.hashing, authorities: outbound.authorities },
    (err) => log.error({ err }, 'a hashing thread died and is replaced')
  )
  const uploads = new Uploads({ origin, ...config.upload })
  const sameBytes = new SameBytes(store)
  const torrents = new PublicTorrents({ origin, access, store, sameBytes })
  const seeder = config.seeder && new Seeder({
    torrents,
    access,
    store,
    uploads,
    log,
    uploadSlots: config.seeder.slots,
    address: new SeederAddress({
      port: config.seeder.port, host: config.host, told: config.seeder.addresses
    })
  })
  const swarms = config.tracker && new MemorySwarmStore({ silence: config.tracker.interval * 2 })
  const tracker = config.tracker && swarms && new Tracker({
    torrents, seeder, swarms, interval: config.tracker.interval
  })
  const trackers: readonly TrackerTransport[] = tracker === undefined
    ? []
    : [
        new HttpTracker({
          tracker, clientAddress, connections, requestsPerNetwork: config.perNetwork.requests, log
        }),
        new UdpTracker({ tracker, log })
      ]

  const unwatch = config.tls && watchTlsPair(
    config.tls, log, (pair) => (server.server as HttpsServer).setSecureContext({ ...pair, minVersion: 'TLSv1.2' })
  )
  let listener = ''
  const publicUrl = (): string => config.publicUrl ?? listener
  const digests = { stored: 0, joined: 0, hashed: 0 }
  const parts: S3Parts = {
    origin: shared,
    buckets: shared,
    hasher,
    store,
    access,
    counted: (source) => { digests[source]++ },
    issued: (torrent, publicAsOf) => torrents.issued(torrent, publicAsOf),
    domains: config.domains,
    authenticator: {
      region: config.region, signatureV2: config.signatureV2, find: (id) => keyRing.find(id), now: Date.now
    },
    options: {
      announce: config.announce,
      ownTracker: () => ownTracker(config, trackers, publicUrl()),
      webSeeds: config.webSeeds,
      pieceLength: config.pieceLength,
      maxObjectSize: config.maxObjectSize,
      bucketOwners: config.bucketOwners,
      buckets: shared,
      xAmzInfo: config.xAmzInfo,
      publicUrl
    }
  }
  mountOwn(server, { origin: shared, access, uploads, sameBytes, options: parts.options })
  mountS3(server, parts)

  const readings: Readings = {
    requests,
    digests,
    hasher,
    store,
    uploads,
    swarms: swarms ?? NO_SWARMS,
    seeder,
    ownKeyPairState,
    trackers
  }
  const events = new BucketEvents({
    warm: parts,
    requester: {
      get keyPair () { return own.keyPair },
      requestPayer: false,
      own: true,
      client: { accessKeyId: own.keyPair?.accessKeyId ?? '', network: '' }
    },
    log
  })
  const history = new History(readings)
  const admin = config.admin && new AdminServer({
    token: config.admin.token,
    connections,
    readings,
    history,
    events,
    torrents: new TorrentList({ store, torrents, swarms, sources: parts.options }),
    metrics: createMetrics(readings, events, version()),
    version: version(),
    origin,
    store,
    ownKeyPairState,
    log
  })

  async function close (graceMs: number): Promise<void> {
    history.close()
    events.close()
    await admin?.close()
    const timer = setTimeout(() => server.server.closeAllConnections(), graceMs)
    unwatch?.()
    torrents.close()
    seeder?.close()
    for (const transport of trackers) transport.close()
    await server.close()
    await swarms?.close()
    clearTimeout(timer)
    uploads.close()
    await hasher.close()
    await store.close()
    await origin.close()
    own.close()
  }

  return {
    async listen () {
      const { host, port } = config
      try {
        for (const transport of trackers) if (config.tracker) await transport.listen(host, config.tracker.port)
        if (config.seeder) await seeder?.listen(host, config.seeder.port)
        if (config.admin) await admin?.listen(config.admin.host, config.admin.port)
        await server.listen({ host, port, backlog: BACKLOG }).catch((error: unknown) => {
          throw new ListenError({ flag: '--port', host, port }, error)
        })
      } catch (error) {
        await close(0)
        throw error
      }
      listener = urlOf(config.tls ? 'https' : 'http', server.server.address() as AddressInfo)
      return listener
    },
    close
  }
}

function ownTracker (
  { tracker }: Config, transports: readonly TrackerTransport[], publicUrl: string
): string[] {
  if (tracker === undefined) return []
  if (tracker.urls.length > 0) return [...tracker.urls]
  const { hostname } = new URL(publicUrl)
  return transports.map(({ name }) => `${name}://${hostname}:${tracker.port}/announce`)
}

// A wildcard address names no host; the loopback one is right at least here.
function urlOf (scheme: 'http' | 'https', { address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `${scheme}://${family === 'IPv6' ? `[${host}]` : host}:${port}`
}
