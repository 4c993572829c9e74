import type { AddressInfo } from 'node:net'
import type { Config } from './config.js'
import { KeyRing } from './credentials/key-ring.js'
import { mountOwn } from './http/own-routes.js'
import { mountS3 } from './http/s3-routes.js'
import { createServer } from './http/server.js'
import { Published } from './operations/published.js'
import { DirectoryOrigin } from './origin/directory-origin.js'
import { S3Origin } from './origin/s3-origin.js'
import { Hasher } from './pieces/hasher.js'
import { openStore } from './store/open-store.js'

export interface App {
  /** Listens, and returns the listener's own URL. */
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
  const server = createServer({ domains: config.domains, logLevel: config.logLevel })
  const store = await openStore({ directory: config.dataDir, maxBytes: config.storeSize, log: server.log })
  const hasher = new Hasher(config.hashing, (err) => server.log.error({ err }, 'a hashing thread died and is replaced'))

  let listener = ''
  mountOwn(server, { origin, published })
  mountS3(server, {
    origin,
    hasher,
    store,
    published,
    domains: config.domains,
    authenticator: { region: config.region, signatureV2: config.signatureV2, find: (id) => keyRing.find(id), now: Date.now },
    options: {
      announce: config.announce,
      pieceLength: config.pieceLength,
      maxObjectSize: config.maxObjectSize,
      bucketOwners: config.bucketOwners,
      xAmzInfo: config.xAmzInfo,
      publicUrl: () => config.publicUrl ?? listener
    }
  })

  return {
    async listen () {
      await server.listen({ host: config.host, port: config.port })
      listener = urlOf(server.server.address() as AddressInfo)
      return listener
    },
    async close (graceMs) {
      const timer = setTimeout(() => server.server.closeAllConnections(), graceMs)
      await server.close()
      clearTimeout(timer)
      await hasher.close()
      await store.close()
      if (origin instanceof S3Origin) await origin.close()
    }
  }
}

// A wildcard address names no host; the loopback one is right at least here.
function urlOf ({ address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`
}
