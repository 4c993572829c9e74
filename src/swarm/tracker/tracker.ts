import { CannotTell } from '../public-torrents.js'
import type { PublicTorrent, PublicTorrents } from '../public-torrents.js'
import { scopeOf } from '../../net/address-scope.js'
import { compactEndpoint } from '../../net/endpoint.js'
import type { Asker, Role } from '../../peers/memory/swarm.js'
import type { Swarms } from '../../peers/memory/swarms.js'
import { TrackerRefusal } from './tracker-refusal.js'

export interface AnnounceRequest {
  /** 20 bytes. */
  readonly infoHash: Buffer
  readonly port: number
  /** Bytes that the peer lacks; Infinity where it does not say. */
  readonly left: number
  readonly event: 'started' | 'completed' | 'stopped' | 'paused' | undefined
  /** How many peers it wants. */
  readonly numwant: number | undefined
  /** See clientOf; 0: not known. */
  readonly client: number
}

/** Who asks a tracker. */
export interface Connection {
  /** Of the peer, as its packets came: 4 or 16 bytes. */
  readonly address: Buffer
  /** This end of the connection, where the peer itself reached it. */
  readonly reached: Buffer | undefined
}

/** Of peers that the asker can be told of: of its own family, and where it is. */
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
  /**
   * The seeder as a peer, for an announcer; undefined where it has no address of that family that is good where the
   * announcer is.
   */
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
  async announce (
    { infoHash, port, left, event, numwant, client }: AnnounceRequest, connection: Connection
  ): Promise<AnnounceReply> {
    const { swarms, interval } = this.#parts
    const asker = askerOf(connection)
    const hex = infoHash.toString('hex')
    const torrent = await this.#publicTorrent(infoHash, hex)
    const endpoint = compactEndpoint(connection.address, port)
    const role: Role = left === 0 ? 'seeder' : 'leecher'
    const lacking = Math.min(left, torrent.identity.size) // with a magnet link alone, Transmission lacks 2^63-1 bytes
    if (event === 'stopped') swarms.delete(hex, endpoint, lacking)
    else {
      const wasLeecher = swarms.find(hex)?.has(endpoint, 'leecher') === true
      swarms.put(hex, endpoint, role, { seen: now(), left: lacking, client })
      const swarm = swarms.find(hex)
      if (event === 'completed' && wasLeecher && swarm !== undefined) swarm.downloaded++
    }
    // The own seeder also for who lacks nothing: aria2 says so before it has the metadata of a magnet link.
    const own = this.#ownEndpoint(hex, torrent, connection)
    const count = event === 'stopped' ? 0 : Math.min(numwant ?? DEFAULT_NUMWANT, MAX_NUMWANT)
    return {
      interval,
      minInterval: Math.ceil(interval / 3),
      ...this.#counts(hex, asker, own),
      peers: count === 0 ? NOBODY : this.#peersFor(hex, count, asker, role, endpoint, own)
    }
  }

  /** The counts of those that are public, by info hash in hexadecimal digits. @throws TrackerRefusal */
  async scrape (infoHashes: readonly Buffer[], connection: Connection): Promise<Map<string, ScrapeCounts>> {
    const asker = askerOf(connection)
    const counts = new Map<string, ScrapeCounts>()
    await Promise.all(infoHashes.map(async (infoHash) => {
      const hex = infoHash.toString('hex')
      const found = await this.#parts.torrents.find(infoHash).catch(() => undefined)
      if (found !== undefined) counts.set(hex, this.#counts(hex, asker, this.#ownEndpoint(hex, found, connection)))
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
    throw new TrackerRefusal(REFUSAL, Math.ceil(this.#parts.interval / 60))
  }

  #ownEndpoint (hex: string, torrent: PublicTorrent, { address, reached }: Connection): Buffer | undefined {
    const { seeder } = this.#parts
    return seeder?.seeds(hex, torrent) === true ? seeder.endpointFor(address, reached) : undefined
  }

  #counts (hex: string, asker: Asker, own: Buffer | undefined): ScrapeCounts {
    const swarm = this.#parts.swarms.find(hex)
    const complete = (swarm?.count('seeder', asker) ?? 0) + (own === undefined ? 0 : 1)
    return { complete, incomplete: swarm?.count('leecher', asker) ?? 0, downloaded: swarm?.downloaded ?? 0 }
  }

  #peersFor (hex: string, count: number, asker: Asker, role: Role, endpoint: Buffer, own: Buffer | undefined): Buffer {
    const others = this.#parts.swarms.find(hex)?.sample(own === undefined ? count : count - 1, asker, role, endpoint) ??
      NOBODY
    // Last: of several on one address, as on one machine, libtorrent takes the last.
    return own === undefined ? others : Buffer.concat([others, own])
  }
}

function askerOf ({ address }: Connection): Asker {
  const scope = scopeOf(address)
  if (scope === undefined) throw new TrackerRefusal('No peer can be at the address that this comes from.')
  return { family: address.length, scope }
}

const NOBODY = Buffer.alloc(0)

/** Seconds of a clock that nobody sets. */
function now (): number {
  return Math.floor(performance.now() / 1000)
}
