import type { AddressInfo } from 'node:net'
import type { Config } from './config.js'
import { KeyRing } from './credentials/key-ring.js'
import { mountOwn } from './http/own-routes.js'
import { mountS3 } from './http/s3-routes.js'
import { createServer } from './http/server.js'
import { clientAddress as clientAddressOf } from './net/client-address.js'
import { BACKLOG, ListenError } from './net/listen.js'
import { Published } from './operations/published.js'
import { DirectoryOrigin } from './origin/directory-origin.js'
import { S3Origin } from './origin/s3-origin.js'
import { Hasher } from './pieces/hasher.js'
import { openStore } from './store/open-store.js'
import { PublicTorrents } from './swarm/public-torrents.js'
import { Seeder } from './swarm/seeder/seeder.js'
import { SeederAddress } from './swarm/seeder/seeder-address.js'
import { HttpTracker } from './swarm/tracker/http-tracker.js'
import { Swarms } from './swarm/tracker/swarms.js'
import { Tracker } from './swarm/tracker/tracker.js'
import { UdpTracker } from './swarm/tracker/udp-tracker.js'
import { Uploads } from './upload/uploads.js'

export interface App {
  /** Listens, and returns the listener's own URL. @throws ListenError */
  listen (): Promise<string>
  /** Stops listening, lets running answers finish for `graceMs`, then breaks them off. */
  close (graceMs: number): Promise<void>
}

/** Makes the parts and mounts the routes. @throws CredentialsFileError */
export async function createApp (config: Config): Promise<App> {
  const keyRing = new KeyRing({ own: config.own, file: config.credentialsFile })
  await keyRing.refresh()
  const origin = 'directory' in config.origin
    ? new DirectoryOrigin(config.origin.directory)
    : new S3Origin({ ...config.origin, region: config.region, ownKeyPair: config.own })
  const published = new Published({ anonymous: config.anonymous, public: config.public, own: config.own })
  const clientAddress = clientAddressOf(config.trustProxy)
  const server = createServer({ domains: config.domains, logLevel: config.logLevel, clientAddress, cors: config.cors })
  const { log } = server
  const store = await openStore({ directory: config.dataDir, maxBytes: config.storeSize, log })
  const hasher = new Hasher(config.hashing, (err) => log.error({ err }, 'a hashing thread died and is replaced'))
  const uploads = new Uploads({ origin, ...config.upload })
  const torrents = new PublicTorrents({ origin, published, store })
  const seeder = config.seeder && new Seeder({
    torrents, published, store, uploads, log, uploadSlots: config.seeder.slots, address: new SeederAddress({ port: config.seeder.port, host: config.host, told: config.seeder.address })
  })
  const tracker = config.tracker && new Tracker({ torrents, seeder, swarms: new Swarms(config.tracker.interval * 2), interval: config.tracker.interval })
  const overHttp = tracker && new HttpTracker({ tracker, clientAddress, log })
  const overUdp = tracker && new UdpTracker({ tracker, log })

  let listener = ''
  const publicUrl = (): string => config.publicUrl ?? listener
  mountOwn(server, { origin, published, uploads })
  mountS3(server, {
    origin,
    hasher,
    store,
    published,
    domains: config.domains,
    authenticator: { region: config.region, signatureV2: config.signatureV2, find: (id) => keyRing.find(id), now: Date.now },
    options: {
      announce: config.announce,
      ownTracker: () => ownTracker(config, publicUrl()),
      webSeeds: config.webSeeds,
      pieceLength: config.pieceLength,
      maxObjectSize: config.maxObjectSize,
      bucketOwners: config.bucketOwners,
      xAmzInfo: config.xAmzInfo,
      publicUrl
    }
  })

  async function close (graceMs: number): Promise<void> {
    const timer = setTimeout(() => server.server.closeAllConnections(), graceMs)
    seeder?.close()
    overHttp?.close()
    overUdp?.close()
    tracker?.close()
    await server.close()
    clearTimeout(timer)
    uploads.close()
    await hasher.close()
    await store.close()
    if (origin instanceof S3Origin) await origin.close()
  }

  return {
    async listen () {
      const { host, port } = config
      try {
        if (config.tracker) await overHttp?.listen(host, config.tracker.port)
        if (config.tracker) await overUdp?.listen(host, config.tracker.port)
        if (config.seeder) await seeder?.listen(host, config.seeder.port)
        await server.listen({ host, port, backlog: BACKLOG }).catch((error: unknown) => { throw new ListenError({ flag: '--port', host, port }, error) })
      } catch (error) {
        await close(0)
        throw error
      }
      listener = urlOf(server.server.address() as AddressInfo)
      return listener
    },
    close
  }
}

function ownTracker ({ tracker }: Config, publicUrl: string): string[] {
  if (tracker === undefined) return []
  const { hostname } = new URL(publicUrl)
  return tracker.urls.length > 0 ? [...tracker.urls] : ['http', 'udp'].map((protocol) => `${protocol}://${hostname}:${tracker.port}/announce`)
}

// A wildcard address names no host; the loopback one is right at least here.
function urlOf ({ address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`
}
