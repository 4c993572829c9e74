import type { ListedObject } from '../../objects/listing.js'
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

/** Has a running server hash. */
export function warmerOfServer (
  url: string, { region, requester, outbound }: WarmTarget, bucket: string, signal: AbortSignal
): Warmer {
  outbound.proxies.for(new URL(url))
  const server = new WarmServer(url, region, requester, outbound)
  return {
    warm: (object, onProgress) => server.warm(bucket, object, onProgress, signal),
    close: async () => server.close()
  }
}
