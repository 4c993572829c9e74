import { NETWORK_BYTES } from './peer-list.js'
import type { Peer } from './peer-list.js'
import { Swarm } from './swarm.js'
import type { Change, Role } from './swarm.js'

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
  /** Endpoints by the bytes of their address or network. */
  readonly #networks = new Map<string, number>()
  #endpoints = 0
  #downloadedBytes = 0

  /** @param silence seconds after which a silent peer is forgotten */
  constructor (silence: number) {
    this.#silence = silence
  }

  /** Clients: one that announces itself from an IPv4 and an IPv6 address counts once. */
  get peers (): number {
    return this.count('seeder') + this.count('leecher')
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

  /** @param endpoint 6 or 18 bytes, of an address that has a scope; `seen` is of the clock that expire() is given */
  put (infoHash: string, endpoint: Buffer, role: Role, peer: Peer): void {
    const swarm = this.#swarms.get(infoHash) ?? new Swarm()
    const isKnown = swarm.has(endpoint, 'leecher') || swarm.has(endpoint, 'seeder')
    if (!isKnown && !this.#hasRoom(swarm, endpoint)) return
    this.#swarms.set(infoHash, swarm)
    this.#note(endpoint, swarm.put(endpoint, role, peer))
  }

  /** @param left bytes that it lacks as it goes */
  delete (infoHash: string, endpoint: Buffer, left: number): void {
    const swarm = this.#swarms.get(infoHash)
    if (swarm === undefined) return
    this.#note(endpoint, swarm.delete(endpoint, left))
    this.#dropIfEmpty(infoHash, swarm)
  }

  /** Forgets a torrent and its peers. */
  forget (infoHash: string): void {
    const swarm = this.#swarms.get(infoHash)
    if (swarm !== undefined) this.#forgetSilent(infoHash, swarm, Infinity)
  }

  /** Forgets the silent. */
  expire (seconds: number): void {
    for (const [infoHash, swarm] of this.#swarms) this.#forgetSilent(infoHash, swarm, seconds - this.#silence)
  }

  #forgetSilent (infoHash: string, swarm: Swarm, before: number): void {
    for (const endpoint of swarm.silent(before)) this.#note(endpoint, swarm.delete(endpoint))
    this.#dropIfEmpty(infoHash, swarm)
  }

  #hasRoom (swarm: Swarm, endpoint: Buffer): boolean {
    const everywhere = this.#networks.get(networkOf(endpoint)) ?? 0
    return this.#endpoints < MAX_PEERS &&
      swarm.size < MAX_PEERS_PER_SWARM &&
      everywhere < MAX_PEERS_PER_ADDRESS &&
      // The swarm is looked through only for who could be over its limit.
      (everywhere < MAX_PEERS_PER_ADDRESS_AND_SWARM || swarm.countOf(
        endpoint.subarray(0, -2)
      ) < MAX_PEERS_PER_ADDRESS_AND_SWARM)
  }

  #note (endpoint: Buffer, { peers, got }: Change): void {
    this.#downloadedBytes += got
    if (peers === 0) return
    const network = networkOf(endpoint)
    const count = (this.#networks.get(network) ?? 0) + peers
    if (count > 0) this.#networks.set(network, count)
    else this.#networks.delete(network)
    this.#endpoints += peers
  }

  // How often it was downloaded is forgotten with the last peer: nothing is kept of what nobody shares.
  #dropIfEmpty (infoHash: string, swarm: Swarm): void {
    if (swarm.size === 0) this.#swarms.delete(infoHash)
  }
}

function networkOf (endpoint: Buffer): string {
  return endpoint.toString('latin1', 0, Math.min(endpoint.length - 2, NETWORK_BYTES))
}
