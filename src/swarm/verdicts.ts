import { LRUCache } from 'lru-cache'
import type { InfoHash } from '../torrent/info-hash.js'
import type { IssuedTorrent } from '../torrent/issued-torrent.js'

/** Whether there is a public torrent, as it was last found out. */
export interface Verdict {
  readonly torrent: IssuedTorrent | undefined
  /** How long it holds, performance.now(). */
  readonly until: number
}

const MAX_VERDICTS = 10_000

/** The last verdict of each info hash that the store knows: strangers, who make info hashes up, leave nothing here. */
export class Verdicts {
  readonly #verdicts = new LRUCache<string, Verdict>({ max: MAX_VERDICTS })

  /** The last one, however old. */
  last ({ hex }: InfoHash): Verdict | undefined {
    return this.#verdicts.get(hex)
  }

  /** The last one, if it still holds. */
  fresh (infoHash: InfoHash): Verdict | undefined {
    const verdict = this.last(infoHash)
    return verdict !== undefined && performance.now() < verdict.until ? verdict : undefined
  }

  note ({ hex }: InfoHash, torrent: IssuedTorrent | undefined, until: number): void {
    this.#verdicts.set(hex, { torrent, until })
  }

  forget ({ hex }: InfoHash): void {
    this.#verdicts.delete(hex)
  }
}
