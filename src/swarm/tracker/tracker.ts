import { CannotTell } from '../public-torrents.js'
import type { PublicTorrent, PublicTorrents } from '../public-torrents.js'
import { scopeOf } from '../../net/address-scope.js'
import { compactEndpoint } from '../../net/endpoint.js'
import { SwarmsUnavailable } from '../../peers/swarm-store.js'
import type { AnnounceEvent, SwarmCounts, SwarmReply, SwarmStore } from '../../peers/swarm-store.js'
import type { InfoHash } from '../../torrent/info-hash.js'
import { TrackerRefusal } from './tracker-refusal.js'

export interface AnnounceRequest {
  readonly infoHash: InfoHash
  readonly port: number
  /** Bytes that the peer lacks; Infinity where it does not say. */
  readonly left: number
  readonly event: AnnounceEvent | undefined
  /** How many peers it wants. */
  readonly numwant: number | undefined
  /** See clientOf; 0: not known. */
  readonly client: number
}

/** Where a request to a tracker comes from. */
export interface Connection {
  /** Of the peer, as its packets came: 4 or 16 bytes. */
  readonly address: Buffer
  /** This end of the connection, where the peer itself reached it. */
  readonly reached: Buffer | undefined
}

/** The answer to an announce, of peers that the announcer can be told of, this server's own seeder among them. */
export interface AnnounceReply extends SwarmReply {
  /** Seconds. */
  readonly interval: number
  readonly minInterval: number
}

/** The answer to a scrape, of one torrent: this server's own seeder is counted. */
export type ScrapeCounts = SwarmCounts

/** A seeder that has not to announce itself. */
export interface OwnSeeder {
  /** Whether it seeds a torrent now. */
  seeds (infoHash: InfoHash, torrent: PublicTorrent): boolean
  /**
   * The seeder as a peer, for an announcer; undefined where it has no address of that family that is good where the
   * announcer is.
   */
  endpointFor (announcer: Buffer, reached: Buffer | undefined): Buffer | undefined
}

export interface TrackerParts {
  readonly torrents: Pick<PublicTorrents, 'find'>
  readonly swarms: Pick<SwarmStore, 'announce' | 'scrape' | 'forget'>
  /** This server's own seeder, where it runs. */
  readonly seeder: OwnSeeder | undefined
  /** Seconds between announces. */
  readonly interval: number
}

export const DEFAULT_NUMWANT = 50
const MAX_NUMWANT = 100
/** Info hashes in one scrape, as many as BEP 15 allows. */
export const MAX_SCRAPED = 74
const REFUSAL = 'This tracker has no such torrent.'

/** Which peers have a public torrent: the decisions of a tracker, whatever transport brings the question. */
export class Tracker {
  readonly #parts: TrackerParts

  constructor (parts: TrackerParts) {
    this.#parts = parts
  }

  /** @throws TrackerRefusal */
  async announce (request: AnnounceRequest, connection: Connection): Promise<AnnounceReply> {
    assertPeersCanBeAt(connection)
    try {
      const torrent = await this.#parts.torrents.find(request.infoHash)
      if (torrent !== undefined) return await this.#reply(request, torrent, connection)
      await this.#parts.swarms.forget(request.infoHash)
    } catch (error) {
      refusing(error)
    }
    throw new TrackerRefusal(REFUSAL, Math.ceil(this.#parts.interval / 60))
  }

  async #reply (
    { infoHash, port, left, event, numwant, client }: AnnounceRequest, torrent: PublicTorrent, connection: Connection
  ): Promise<AnnounceReply> {
    const { swarms, interval } = this.#parts
    // The own seeder also for a peer that lacks nothing: aria2 says so before it has the metadata of a magnet link.
    const own = this.#ownEndpoint(infoHash, torrent, connection)
    const count = event === 'stopped' ? 0 : Math.min(numwant ?? DEFAULT_NUMWANT, MAX_NUMWANT)
    const { complete, incomplete, downloaded, peers } = await swarms.announce(infoHash, {
      endpoint: compactEndpoint(connection.address, port),
      left: Math.min(left, torrent.identity.size), // with a magnet link alone, Transmission lacks 2^63-1 bytes
      client
    }, event, own === undefined ? count : count - 1)
    return {
      interval,
      minInterval: Math.ceil(interval / 3),
      complete: own === undefined ? complete : complete + 1,
      incomplete,
      downloaded,
      // Last: of several on one address, as on one machine, libtorrent takes the last.
      peers: own === undefined || count === 0 ? peers : Buffer.concat([peers, own])
    }
  }

  /** The counts of those that are public, by info hash in hexadecimal digits. @throws TrackerRefusal */
  async scrape (infoHashes: readonly InfoHash[], connection: Connection): Promise<Map<string, ScrapeCounts>> {
    assertPeersCanBeAt(connection)
    const counts = new Map<string, ScrapeCounts>()
    await Promise.all(infoHashes.map(async (infoHash) => {
      const torrent = await this.#parts.torrents.find(infoHash).catch(() => undefined)
      if (torrent === undefined) return
      const own = this.#ownEndpoint(infoHash, torrent, connection)
      const { complete, ...others } = await this.#parts.swarms.scrape(infoHash, connection.address).catch(refusing)
      counts.set(infoHash.hex, { ...others, complete: own === undefined ? complete : complete + 1 })
    }))
    return counts
  }

  #ownEndpoint (infoHash: InfoHash, torrent: PublicTorrent, connection: Connection): Buffer | undefined {
    const { seeder } = this.#parts
    return seeder?.seeds(infoHash, torrent) === true
      ? seeder.endpointFor(connection.address, connection.reached)
      : undefined
  }
}

function assertPeersCanBeAt ({ address }: Connection): void {
  if (scopeOf(address) === undefined) {
    throw new TrackerRefusal('No peer can be at the address that this comes from.')
  }
}

function refusing (error: unknown): never {
  if (error instanceof CannotTell) throw new TrackerRefusal('The store of this torrent cannot be asked now.', 1)
  if (error instanceof SwarmsUnavailable) throw new TrackerRefusal('The peers of this torrent are not known now.', 1)
  throw error
}
