import { LRUCache } from 'lru-cache'
import type { Client, Requester } from '../objects/requester.js'
import { idOf } from '../torrent/identity.js'
import type { LaidManifest } from '../torrent/manifest.js'
import { AskedOnce } from '../util/asked-once.js'
import { inLanes } from '../util/in-lanes.js'
import { PUBLIC_MS } from './limits.js'
import type { PublicAccess } from './public-access.js'
import type { PublicVerdict } from './public-verdicts.js'

const MAX_KEPT = 1_000
/** Objects of one prefix that are asked for at the same time. */
const ASKED_AT_ONCE = 32

class NotPublic extends Error {
  override name = 'NotPublic'
}

/** Whether everybody may read all objects of a prefix torrent, each in the version that is in it. */
export class PublicPrefixes {
  readonly #access: PublicAccess
  /** By id of the manifest. */
  readonly #kept = new LRUCache<string, PublicVerdict>({ max: MAX_KEPT })
  readonly #asked = new AskedOnce<PublicVerdict>()

  constructor (access: PublicAccess) {
    this.#access = access
  }

  /**
   * From a verdict of at most 30 seconds, for what is merely written into a torrent.
   * @param asOf when the requester was told of each object, performance.now()
   * @throws OriginUnavailable, OriginRefusal that is no verdict
   */
  async verdict (
    manifest: LaidManifest, requester: Requester, asOf: number, signal: AbortSignal
  ): Promise<PublicVerdict> {
    const id = idOf(manifest.identity)
    const { bucket, prefix } = manifest
    const anonymous = this.#access.anonymousRequester({ bucket, key: prefix })
    if (anonymous !== undefined && requester.keyPair === anonymous.keyPair && !requester.requestPayer) {
      const verdict = { isPublic: true, asOf }
      this.#kept.set(id, verdict)
      return verdict
    }
    const kept = this.#kept.get(id)
    if (kept !== undefined && performance.now() - kept.asOf < PUBLIC_MS) return kept
    return this.#asked.ask(id, async () => {
      const verdict = { asOf: performance.now(), isPublic: await this.arePublic(manifest, signal, requester.client) }
      this.#kept.set(id, verdict)
      return verdict
    })
  }

  /** Asks the origin now. @throws as PublicAccess.headIfPublic */
  async arePublic ({ bucket, files }: LaidManifest, signal: AbortSignal, client?: Client): Promise<boolean> {
    const [first, ...others] = files
    const assertPublic = async (file: typeof files[number], signal: AbortSignal): Promise<void> => {
      const head = await this.#access.headIfPublic({ bucket, key: file.key }, signal, client)
      if (head?.etag !== file.etag || head.size !== file.size) throw new NotPublic(`${file.key} is not public`)
    }
    try {
      if (first !== undefined) await assertPublic(first, signal) // of most prefixes it says it for all
      await inLanes(ASKED_AT_ONCE, others, assertPublic, signal)
      return true
    } catch (error) {
      if (error instanceof NotPublic) return false
      throw error
    }
  }
}
