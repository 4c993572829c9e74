import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { listingsOf } from './access/listings.js'
import { PublicAccess } from './access/public-access.js'
import { PublicPrefixes } from './access/public-prefix.js'
import { SameBytes } from './access/same-bytes.js'
import { AdminServer } from './admin/admin-server.js'
import { History } from './admin/history.js'
import { createMetrics } from './admin/metrics/metrics.js'
import { NO_SWARMS } from './admin/readings.js'
import type { Readings } from './admin/readings.js'
import { RequestTotals } from './admin/request-totals.js'
import { TorrentList } from './admin/torrent-list.js'
import type { Config } from './config/load.js'
import { KeyRing } from './credentials/key-ring.js'
import { Delivery } from './delivery/delivery.js'
import { KnownManifests } from './store/known-manifests.js'
import { Hasher } from './hashing/hasher.js'
import { mountBrowse } from './http/browse-route.js'
import { openLogStream } from './http/log-stream.js'
import { mountWebSeed } from './http/web-seed-route.js'
import { mountS3 } from './http/s3-routes.js'
import type { S3Parts } from './http/s3-routes.js'
import { createServer } from './http/server.js'
import { clientAddress as clientAddressOf, proxyCheck } from './net/client-address.js'
import { BACKLOG, ListenError } from './net/listen.js'
import { listenerUrl } from './net/listener-url.js'
import { readTlsPair, watchTlsPair } from './net/tls-certificate.js'
import { FairOrigin } from './objects/fair-origin.js'
import { openOrigin } from './open-origin.js'
import { logOutward, openOutward } from './open-outward.js'
import { openSwarm } from './open-swarm.js'
import { openStore } from './store/open-store.js'
import { torrentOptions } from './torrent-options.js'
import { version } from './util/version.js'
import { BucketEvents } from './warming/bucket-events.js'

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
  const { origin, ownKeyPairState } = openOrigin(config, outbound, own, () => log)
  const shared = new FairOrigin(origin)
  const access = new PublicAccess({
    anonymous: config.anonymous, public: config.public, get own () { return own.keyPair }
  }, shared)
  const publicPrefixes = new PublicPrefixes(access)
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
  logOutward(config, outbound, log)
  const store = await openStore({ directory: config.dataDir, maxBytes: config.storeSize, log })
  const hasher = new Hasher(
    { ...config.hashing, authorities: outbound.authorities },
    (err) => log.error({ err }, 'a hashing thread died and is replaced')
  )
  const delivery = new Delivery({ origin, ...config.delivery })
  const sameBytes = new SameBytes(store)
  const manifests = new KnownManifests(store)
  const swarm = openSwarm(config, {
    origin, access, publicPrefixes, store, manifests, sameBytes, delivery, clientAddress, connections, log
  })
  const unwatch = config.tls && watchTlsPair(
    config.tls, log, (pair) => (server.server as HttpsServer).setSecureContext({ ...pair, minVersion: 'TLSv1.2' })
  )
  let listener = ''
  const publicUrl = (): string => config.publicUrl ?? listener
  const digests = { stored: 0, joined: 0, hashed: 0 }
  const parts: S3Parts = {
    origin: shared,
    buckets: shared,
    listings: listingsOf(shared, config.maxPrefixObjects),
    publicPrefixes,
    maxPrefixSize: config.maxPrefixSize,
    hasher,
    store,
    access,
    counted: (source) => { digests[source]++ },
    issued: (torrent, publicAsOf) => swarm.torrents.issued(torrent, publicAsOf),
    domains: config.domains,
    authenticator: {
      region: config.region, signatureV2: config.signatureV2, find: (id) => keyRing.find(id), now: Date.now
    },
    options: torrentOptions(config, swarm, shared, publicUrl)
  }
  mountWebSeed(server, { origin: shared, access, delivery, sameBytes, manifests, options: parts.options })
  if (config.browse) mountBrowse(server, parts)
  mountS3(server, parts)

  const readings: Readings = {
    ...swarm, requests, digests, hasher, store, delivery, ownKeyPairState, swarms: swarm.swarms ?? NO_SWARMS
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
    torrents: new TorrentList({ ...swarm, store, sources: parts.options }),
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
    await swarm.close()
    await server.close()
    clearTimeout(timer)
    delivery.close()
    await hasher.close()
    await store.close()
    await origin.close()
    own.close()
  }

  return {
    async listen () {
      const { host, port } = config
      try {
        await swarm.listen()
        if (config.admin) await admin?.listen(config.admin.host, config.admin.port)
        await server.listen({ host, port, backlog: BACKLOG }).catch((error: unknown) => {
          throw new ListenError({ flag: '--port', host, port }, error)
        })
      } catch (error) {
        await close(0)
        throw error
      }
      listener = listenerUrl(config.tls ? 'https' : 'http', server.server.address() as AddressInfo)
      return listener
    },
    close
  }
}
