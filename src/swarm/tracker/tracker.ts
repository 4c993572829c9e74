import { CannotTell } from '../public-torrents.js'
import type { PublicTorrent, PublicTorrents } from '../public-torrents.js'
import { compactEndpoint } from '../../net/endpoint.js'
import type { Swarms } from './swarms.js'
import type { Role } from './swarm.js'
import { TrackerRefusal } from './tracker-refusal.js'

export interface AnnounceRequest {
  /** 20 bytes. */
  readonly infoHash: Buffer
  /** Of the peer, as its packets came: 4 or 16 bytes. */
  readonly address: Buffer
  readonly port: number
  /** Bytes that the peer lacks. */
  readonly left: number
  readonly event: 'started' | 'completed' | 'stopped' | 'paused' | undefined
  /** How many peers it wants. */
  readonly numwant: number | undefined
  /** This end of the connection, where the peer itself reached it. */
  readonly reached: Buffer | undefined
}

export interface AnnounceReply {
  /** Seconds. */
  readonly interval: number
  readonly minInterval: number
  readonly complete: number
  readonly incomplete: number
  readonly downloaded: number
  /** Endpoints of the announcer's own family, one after the other: 6 bytes each (BEP 23), or 18 (BEP 7). */
  readonly peers: Buffer
}

export interface ScrapeCounts {
  readonly complete: number
  readonly incomplete: number
  readonly downloaded: number
}

/** A seeder that has not to announce itself. */
export interface OwnSeeder {
  /** Whether it seeds a torrent now (info hash in hexadecimal digits). */
  seeds (infoHash: string, torrent: PublicTorrent): boolean
  /** The seeder as a peer, for an announcer; undefined where it has no address of that family. */
  endpointFor (announcer: Buffer, reached: Buffer | undefined): Buffer | undefined
}

export interface TrackerParts {
  readonly torrents: PublicTorrents
  readonly swarms: Swarms
  /** This server's own seeder, where it runs. */
  readonly seeder: OwnSeeder | undefined
  /** Seconds between announces. */
  readonly interval: number
}

export const DEFAULT_NUMWANT = 50
const MAX_NUMWANT = 100
const SWEEP_MS = 20_000
const REFUSAL = 'This tracker has no such torrent.'

/** Who has what: the decisions of a tracker, whatever brings the question. Whoever makes it closes it. */
export class Tracker {
  readonly #parts: TrackerParts
  readonly #sweeping: NodeJS.Timeout

  constructor (parts: TrackerParts) {
    this.#parts = parts
    this.#sweeping = setInterval(() => parts.swarms.expire(now()), Math.min(SWEEP_MS, parts.interval * 1000)).unref()
  }

  /** @throws TrackerRefusal */
  async announce (request: AnnounceRequest): Promise<AnnounceReply> {
    const { infoHash, address, port, left, event } = request
    const { swarms, interval } = this.#parts
    const hex = infoHash.toString('hex')
    const torrent = await this.#publicTorrent(infoHash, hex)
    const endpoint = compactEndpoint(address, port)
    const role: Role = left === 0 ? 'seeder' : 'leecher'
    const lacking = Math.min(left, torrent.identity.size) // with a magnet link alone, Transmission lacks 2^63-1 bytes
    if (event === 'stopped') swarms.delete(hex, endpoint, lacking)
    else {
      const wasLeecher = swarms.find(hex)?.has(endpoint, 'leecher') === true
      swarms.put(hex, endpoint, role, now(), lacking)
      const swarm = swarms.find(hex)
      if (event === 'completed' && wasLeecher && swarm !== undefined) swarm.downloaded++
    }
    return {
      interval,
      minInterval: Math.ceil(interval / 3),
      ...this.#counts(hex, torrent),
      peers: event === 'stopped' ? Buffer.alloc(0) : this.#peersFor(request, hex, torrent, endpoint, role)
    }
  }

  /** The counts of those that are public, by info hash in hexadecimal digits. */
  async scrape (infoHashes: readonly Buffer[]): Promise<Map<string, ScrapeCounts>> {
    const counts = new Map<string, ScrapeCounts>()
    await Promise.all(infoHashes.map(async (infoHash) => {
      const hex = infoHash.toString('hex')
      const found = await this.#parts.torrents.find(infoHash).catch(() => undefined)
      if (found !== undefined) counts.set(hex, this.#counts(hex, found))
    }))
    return counts
  }

  close (): void {
    clearInterval(this.#sweeping)
  }

  async #publicTorrent (infoHash: Buffer, hex: string): Promise<PublicTorrent> {
    try {
      const torrent = await this.#parts.torrents.find(infoHash)
      if (torrent !== undefined) return torrent
    } catch (error) {
      if (error instanceof CannotTell) throw new TrackerRefusal('The store of this torrent cannot be asked now.', 1)
      throw error
    }
    this.#parts.swarms.forget(hex)
    throw new TrackerRefusal(REFUSAL, 'never')
  }

  #counts (hex: string, torrent: PublicTorrent): ScrapeCounts {
    const swarm = this.#parts.swarms.find(hex)
    const own = this.#parts.seeder?.seeds(hex, torrent) === true ? 1 : 0
    return { complete: (swarm?.count('seeder') ?? 0) + own, incomplete: swarm?.count('leecher') ?? 0, downloaded: swarm?.downloaded ?? 0 }
  }

  #peersFor ({ address, numwant = DEFAULT_NUMWANT, reached }: AnnounceRequest, hex: string, torrent: PublicTorrent, endpoint: Buffer, role: Role): Buffer {
    const count = Math.min(numwant, MAX_NUMWANT)
    if (count === 0) return Buffer.alloc(0)
    const { seeder } = this.#parts
    // Also for who lacks nothing: aria2 says so before it has the metadata of a magnet link.
    const own = seeder?.seeds(hex, torrent) === true ? seeder.endpointFor(address, reached) : undefined
    const others = this.#parts.swarms.find(hex)?.sample(own === undefined ? count : count - 1, address.length === 4 ? 6 : 18, role, endpoint)
    // Last: of several on one address, as on one machine, libtorrent takes the last.
    return Buffer.concat([others ?? Buffer.alloc(0), own ?? Buffer.alloc(0)])
  }
}

/** Seconds of a clock that nobody sets. */
function now (): number {
  return Math.floor(performance.now() / 1000)
}
