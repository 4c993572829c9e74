import { EventEmitter, once } from 'node:events'
import type { InfoHash } from '../../../src/torrent/info-hash.js'
import { MemorySwarmStore } from '../../../src/peers/memory/memory-swarm-store.js'
import type { AnnounceEvent, AnnouncedPeer, SwarmReply } from '../../../src/peers/swarm-store.js'

const LIMIT_MS = 10_000

/** A store of peers whose announces are answered when they are let go, as one far away might. */
export class HeldSwarms extends MemorySwarmStore {
  /** In the order in which they came. */
  readonly held: Array<() => void> = []
  readonly #events = new EventEmitter()

  override async announce (
    infoHash: InfoHash, peer: AnnouncedPeer, event: AnnounceEvent | undefined, numwant: number
  ): Promise<SwarmReply> {
    const reply = await super.announce(infoHash, peer, event, numwant)
    return new Promise((resolve) => {
      this.held.push(() => resolve(reply))
      this.#events.emit('held')
    })
  }

  /** Rejects after ten seconds. */
  async untilHeld (count: number): Promise<void> {
    const signal = AbortSignal.timeout(LIMIT_MS)
    while (this.held.length < count) await once(this.#events, 'held', { signal })
  }
}
