import type { InfoHash } from '../../torrent/info-hash.js'
import type {
  AnnounceEvent, AnnouncedPeer, SwarmCounts, SwarmReply, SwarmStatus, SwarmStore
} from '../swarm-store.js'
import { askerAt } from './asker.js'
import { located } from './located.js'
import type { Located } from './located.js'
import { PeerLimits } from './peer-limits.js'
import { Swarm } from './swarm.js'
import type { Change, Role } from './swarm.js'

export interface MemorySwarmStoreSetting {
  /** Seconds after which a silent peer is forgotten. */
  readonly silence: number
  /** Seconds of a clock that nobody sets. */
  readonly now?: () => number
}

const SWEEP_MS = 20_000
const NOBODY = Buffer.alloc(0)
const EMPTY = new Swarm()

/** The peers of all torrents, in the memory of this process. Each call has done its work when it returns. */
export class MemorySwarmStore implements SwarmStore, SwarmStatus {
  readonly #silence: number
  readonly #now: () => number
  /** By info hash in hexadecimal digits. */
  readonly #swarms = new Map<string, Swarm>()
  readonly #limits = new PeerLimits()
  readonly #sweeping: NodeJS.Timeout
  #downloadedBytes = 0

  constructor ({ silence, now = seconds }: MemorySwarmStoreSetting) {
    this.#silence = silence
    this.#now = now
    this.#sweeping = setInterval(() => this.expire(), Math.min(SWEEP_MS, silence * 1000 / 2)).unref()
  }

  get swarms (): number {
    return this.#swarms.size
  }

  get peers (): { seeders: number, leechers: number } {
    let [seeders, leechers] = [0, 0]
    for (const swarm of this.#swarms.values()) {
      seeders += swarm.count('seeder')
      leechers += swarm.count('leecher')
    }
    return { seeders, leechers }
  }

  get downloadedBytes (): number {
    return this.#downloadedBytes
  }

  async announce (
    infoHash: InfoHash, peer: AnnouncedPeer, event: AnnounceEvent | undefined, numwant: number
  ): Promise<SwarmReply> {
    const { hex } = infoHash
    const role = peer.left === 0 ? 'seeder' : 'leecher'
    const at = located(peer.endpoint)
    const swarm = event === 'stopped' ? this.#remove(hex, peer, at) : this.#put(hex, peer, at, role, event)
    const asker = askerAt(peer.endpoint, peer.endpoint.length - 2)
    const { complete, incomplete, downloaded } = swarm.counts(asker)
    return {
      complete,
      incomplete,
      downloaded,
      peers: event === 'stopped' || numwant <= 0 ? NOBODY : swarm.sample(numwant, asker, role, at.key)
    }
  }

  async scrape (infoHash: InfoHash, asker?: Buffer): Promise<SwarmCounts> {
    return (this.#swarms.get(infoHash.hex) ?? EMPTY).counts(asker && askerAt(asker))
  }

  async forget ({ hex }: InfoHash): Promise<void> {
    const swarm = this.#swarms.get(hex)
    if (swarm !== undefined) this.#forgetSilent(hex, swarm, Infinity)
  }

  /** Forgets the silent. */
  expire (): void {
    const before = this.#now() - this.#silence
    for (const [hex, swarm] of this.#swarms) this.#forgetSilent(hex, swarm, before)
  }

  async close (): Promise<void> {
    clearInterval(this.#sweeping)
    this.#swarms.clear()
  }

  /** @returns the swarm as it is now; one without a peer where this one was not remembered */
  #put (hex: string, peer: AnnouncedPeer, at: Located, role: Role, event: AnnounceEvent | undefined): Swarm {
    const { endpoint, left, client } = peer
    const swarm = this.#swarms.get(hex) ?? new Swarm()
    const was = swarm.find(at)
    if (was === undefined) {
      if (!this.#limits.hasRoom(swarm, endpoint)) return swarm
      this.#swarms.set(hex, swarm)
    }
    this.#note(endpoint, swarm.put(at, role, { seen: this.#now(), left, client }, was))
    if (event === 'completed' && was?.role === 'leecher') swarm.noteCompleted()
    return swarm
  }

  #remove (hex: string, { endpoint, left }: AnnouncedPeer, at: Located): Swarm {
    const swarm = this.#swarms.get(hex)
    if (swarm === undefined) return EMPTY
    this.#note(endpoint, swarm.delete(at, left))
    return this.#dropIfEmpty(hex, swarm) ? EMPTY : swarm
  }

  #forgetSilent (hex: string, swarm: Swarm, before: number): void {
    for (const endpoint of swarm.silent(before)) this.#note(endpoint, swarm.delete(located(endpoint)))
    this.#dropIfEmpty(hex, swarm)
  }

  #note (endpoint: Buffer, { peers, got }: Change): void {
    this.#downloadedBytes += got
    this.#limits.note(endpoint, peers)
  }

  // How often it was downloaded is forgotten with the last peer: nothing is kept of a torrent that nobody shares.
  #dropIfEmpty (hex: string, swarm: Swarm): boolean {
    return swarm.size === 0 && this.#swarms.delete(hex)
  }
}

function seconds (): number {
  return Math.floor(performance.now() / 1000)
}
