import { networkKeyOf } from '../../net/endpoint.js'
import type { Swarm } from './swarm.js'

const MAX_PEERS = 500_000
const MAX_PEERS_PER_SWARM = 20_000
// Of one address, of IPv6 one /64.
const MAX_PEERS_PER_ADDRESS = 2_000
const MAX_PEERS_PER_ADDRESS_AND_SWARM = 32

/** How many endpoints may be remembered: of all swarms, of one, and of one address (of IPv6, of its /64). */
export class PeerLimits {
  /** Endpoints by the bytes of their address or network. */
  readonly #networks = new Map<string, number>()
  #endpoints = 0

  /** Whether one more may be remembered. */
  hasRoom (swarm: Swarm, endpoint: Buffer): boolean {
    const everywhere = this.#networks.get(networkOf(endpoint)) ?? 0
    return this.#endpoints < MAX_PEERS &&
      swarm.size < MAX_PEERS_PER_SWARM &&
      everywhere < MAX_PEERS_PER_ADDRESS &&
      // Only an address that could be over its limit is worth looking through the swarm.
      (everywhere < MAX_PEERS_PER_ADDRESS_AND_SWARM ||
        swarm.countOf(endpoint.subarray(0, -2)) < MAX_PEERS_PER_ADDRESS_AND_SWARM)
  }

  /** @param more 1: it is remembered, -1: it is forgotten */
  note (endpoint: Buffer, more: number): void {
    if (more === 0) return
    const network = networkOf(endpoint)
    const count = (this.#networks.get(network) ?? 0) + more
    if (count > 0) this.#networks.set(network, count)
    else this.#networks.delete(network)
    this.#endpoints += more
  }
}

function networkOf (endpoint: Buffer): string {
  return networkKeyOf(endpoint, endpoint.length - 2)
}
