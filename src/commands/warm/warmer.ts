import type { ListedObject } from '../../objects/listing.js'
import type { TorrentFormat } from '../../torrent/meta-version.js'
import { openDataDirectory } from '../data-directory.js'
import { openHasher } from '../open-hasher.js'
import { warmAlone } from './warm-alone.js'
import type { WarmOutcome } from './warm-outcome.js'
import { WarmServer } from './warm-server.js'
import type { WarmTarget } from './warm-target.js'

/** One way to have an object hashed. Whoever opens it closes it. */
export interface Warmer {
  warm (object: ListedObject, onProgress: (done: number, known: number) => void): Promise<WarmOutcome>
  close (): Promise<void>
}

/** Hashes here, into the data directory. @param onLine told in a line what goes wrong */
export async function openWarmer (
  { origin, requester, config, outbound }: WarmTarget,
  bucket: string,
  concurrency: number,
  onLine: (line: string) => void,
  signal: AbortSignal
): Promise<Warmer> {
  const store = await openDataDirectory(config.dataDir, onLine, config.storeSize)
  const hasher = openHasher(concurrency, onLine, outbound.authorities)
  const parts = { origin, requester, hasher, store, config }
  return {
    warm: (object, onProgress) => warmAlone(parts, bucket, object, onProgress, signal),
    async close () {
      await hasher.close()
      await store.close()
    }
  }
}

/** A running server. @param format of the torrents; undefined: the server's own */
export function openServer (
  url: string, { region, requester, outbound }: WarmTarget, format: TorrentFormat | undefined
): WarmServer {
  outbound.proxies.for(new URL(url))
  return new WarmServer(url, region, requester, outbound, format)
}

/** Has a running server hash. */
export function warmerOfServer (server: WarmServer, bucket: string, signal: AbortSignal): Warmer {
  return {
    warm: (object, onProgress) => server.warm(bucket, object, onProgress, signal),
    close: async () => server.close()
  }
}
