import { Swarm } from './swarm.js'
import { NETWORK_BYTES } from './peer-list.js'
import type { Role } from './swarm.js'

const MAX_PEERS = 500_000
const MAX_PEERS_PER_SWARM = 20_000
// Of one address, of IPv6 one /64.
const MAX_PEERS_PER_ADDRESS = 2_000
const MAX_PEERS_PER_ADDRESS_AND_SWARM = 32

/** The peers of all torrents, in memory. What is over a limit is not remembered, and gets its answer all the same. */
export class Swarms {
  readonly #silence: number
  /** By info hash in hexadecimal digits. */
  readonly #swarms = new Map<string, Swarm>()
  /** Peers by the bytes of their address or network. */
  readonly #addresses = new Map<string, number>()
  #peers = 0
  #downloadedBytes = 0

  /** @param silence seconds after which a silent peer is forgotten */
  constructor (silence: number) {
    this.#silence = silence
  }

  get peers (): number {
    return this.#peers
  }

  /** Swarms with a peer in them. */
  get size (): number {
    return this.#swarms.size
  }

  /** What peers have got since they came, by their own account: what they lacked less and less. */
  get downloadedBytes (): number {
    return this.#downloadedBytes
  }

  count (role: Role): number {
    let count = 0
    for (const swarm of this.#swarms.values()) count += swarm.count(role)
    return count
  }

  find (infoHash: string): Swarm | undefined {
    return this.#swarms.get(infoHash)
  }

  /** @param endpoint 6 or 18 bytes @param seconds now, of the clock that expire() is given @param left bytes that it lacks */
  put (infoHash: string, endpoint: Buffer, role: Role, seconds: number, left: number): void {
    const swarm = this.#swarms.get(infoHash) ?? new Swarm()
    const before = swarm.leftOf(endpoint)
    if (before === undefined && !this.#hasRoom(swarm, endpoint)) return
    this.#swarms.set(infoHash, swarm)
    this.#downloadedBytes += Math.max(0, (before ?? left) - left)
    if (swarm.put(endpoint, role, seconds, left)) this.#count(endpoint, 1)
  }

  /** @param left bytes that it lacks as it goes */
  delete (infoHash: string, endpoint: Buffer, left: number): void {
    const swarm = this.#swarms.get(infoHash)
    if (swarm === undefined) return
    this.#downloadedBytes += Math.max(0, (swarm.leftOf(endpoint) ?? left) - left)
    if (swarm.delete(endpoint, 'seeder') || swarm.delete(endpoint, 'leecher')) this.#count(endpoint, -1)
    this.#dropIfEmpty(infoHash, swarm)
  }

  /** Forgets a torrent and its peers. */
  forget (infoHash: string): void {
    this.#swarms.get(infoHash)?.expire(Infinity, (endpoint) => this.#count(endpoint, -1))
    this.#swarms.delete(infoHash)
  }

  /** Forgets the silent. */
  expire (seconds: number): void {
    for (const [infoHash, swarm] of this.#swarms) {
      swarm.expire(seconds - this.#silence, (endpoint) => this.#count(endpoint, -1))
      this.#dropIfEmpty(infoHash, swarm)
    }
  }

  #hasRoom (swarm: Swarm, endpoint: Buffer): boolean {
    const everywhere = this.#addresses.get(networkOf(endpoint)) ?? 0
    return this.#peers < MAX_PEERS &&
      swarm.count('seeder') + swarm.count('leecher') < MAX_PEERS_PER_SWARM &&
      everywhere < MAX_PEERS_PER_ADDRESS &&
      // The swarm is looked through only for who could be over its limit.
      (everywhere < MAX_PEERS_PER_ADDRESS_AND_SWARM || swarm.countOf(endpoint.subarray(0, -2)) < MAX_PEERS_PER_ADDRESS_AND_SWARM)
  }

  #count (endpoint: Buffer, more: 1 | -1): void {
    const network = networkOf(endpoint)
    const count = (this.#addresses.get(network) ?? 0) + more
    if (count > 0) this.#addresses.set(network, count)
    else this.#addresses.delete(network)
    this.#peers += more
  }

  // How often it was downloaded is forgotten with the last peer: nothing is kept of what nobody shares.
  #dropIfEmpty (infoHash: string, swarm: Swarm): void {
    if (swarm.count('seeder') + swarm.count('leecher') === 0) this.#swarms.delete(infoHash)
  }
}

function networkOf (endpoint: Buffer): string {
  return endpoint.toString('latin1', 0, Math.min(endpoint.length - 2, NETWORK_BYTES))
}
