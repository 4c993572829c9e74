import { addressBytes, compactEndpoint, formatAddress } from '../../src/net/endpoint.js'
import type { AnnounceEvent, SwarmReply, SwarmStatus, SwarmStore } from '../../src/peers/swarm-store.js'
import { InfoHash } from '../../src/torrent/info-hash.js'

export const INFO_HASH = InfoHash.ofBytes(Buffer.alloc(20, 1))
export const OTHER = InfoHash.ofBytes(Buffer.alloc(20, 2))
export const UNKNOWN = InfoHash.ofBytes(Buffer.alloc(20, 3))
/** Leechers somewhere in the Internet, of IPv4 and of IPv6. */
const OBSERVERS = ['198.51.100.250', '2001:db8:ffff::1']

export interface SwarmStoreUnderTest {
  readonly store: SwarmStore
  readonly status: SwarmStatus
  /** Seconds pass, and the silent are forgotten. */
  readonly pass: (seconds: number) => Promise<void>
}

export interface Announced {
  readonly infoHash?: InfoHash
  readonly port?: number
  readonly left?: number
  readonly client?: number
  readonly event?: AnnounceEvent
  readonly numwant?: number
}

/** A store, asked in few words. */
export class Swarmed {
  readonly store: SwarmStore
  readonly status: SwarmStatus
  readonly pass: (seconds: number) => Promise<void>

  constructor ({ store, status, pass }: SwarmStoreUnderTest) {
    this.store = store
    this.status = status
    this.pass = pass
  }

  /** @returns the reply, and the addresses of its peers */
  async announce (
    from: string, { infoHash = INFO_HASH, port = 1000, left = 9, client = 0, event, numwant = 50 }: Announced = {}
  ): Promise<SwarmReply & { told: string[] }> {
    const endpoint = compactEndpoint(addressOf(from), port)
    const reply = await this.store.announce(infoHash, { endpoint, left, client }, event, numwant)
    const told = Array.from({ length: reply.peers.length / endpoint.length }, (_, i) => formatAddress(
      reply.peers.subarray(i * endpoint.length, (i + 1) * endpoint.length - 2)
    ))
    return { ...reply, told }
  }

  /** Seeders and leechers of a swarm, and clients of all swarms. */
  async counts (infoHash = INFO_HASH): Promise<number[]> {
    const { complete, incomplete } = await this.store.scrape(infoHash)
    const { seeders, leechers } = this.status.peers
    return [complete, incomplete, seeders + leechers]
  }

  /** The addresses that observers are told of: of IPv4, and of IPv6. */
  async told (): Promise<string[][]> {
    const all: string[][] = []
    for (const observer of OBSERVERS) {
      all.push((await this.announce(observer)).told.sort())
      await this.announce(observer, { event: 'stopped' })
    }
    return all
  }

  /** Seeders and leechers, as an observer of IPv4 sees them, and one of IPv6. */
  async rolesByFamily (): Promise<string[]> {
    const scrapes = await Promise.all(OBSERVERS.map((address) => this.store.scrape(INFO_HASH, addressOf(address))))
    return scrapes.map(({ complete, incomplete }) => `${complete} ${incomplete}`)
  }
}

export function addressOf (text: string): Buffer {
  const bytes = addressBytes(text)
  if (bytes === undefined) throw new Error(`${text} is no address`)
  return bytes
}
