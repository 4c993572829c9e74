import type { SwarmCounts } from '../swarm-store.js'
import type { Asker } from './asker.js'
import { ClientPairs } from './client-pairs.js'
import type { Peer } from './peer-list.js'
import { sample } from './sample.js'
import { ScopedPeers } from './scoped-peers.js'

export type Role = 'seeder' | 'leecher'

/** The outcome of an announce. */
export interface Change {
  /** How many endpoints there are more. */
  readonly peers: number
  /** Bytes that its client has got since its last announce. */
  readonly got: number
}

/**
 * The peers of one torrent. A client that announces itself from an IPv4 and an IPv6 address is told of at both, has one
 * role, and counts once.
 */
export class Swarm {
  readonly #peers: Record<Role, ScopedPeers> = { seeder: new ScopedPeers(), leecher: new ScopedPeers() }
  readonly #pairs = new ClientPairs()
  /** Pairs of endpoints that are one client's. */
  readonly #twice: Record<Role, number> = { seeder: 0, leecher: 0 }
  #downloaded = 0

  /** Undefined for an endpoint that is not here. */
  roleOf (endpoint: Buffer): Role | undefined {
    return this.#find(endpoint)[1]
  }

  /** A leecher here has said `completed`. */
  noteCompleted (): void {
    this.#downloaded++
  }

  /** @param endpoint 6 or 18 bytes, of an address that has a scope */
  put (endpoint: Buffer, role: Role, peer: Peer): Change {
    const key = endpoint.toString('latin1')
    const [before, was] = this.#find(endpoint)
    if (was !== undefined && this.#pairs.otherOf(key) !== undefined) this.#twice[was]--
    if (before !== undefined && before.client !== peer.client) this.#pairs.leave(key, before.client)
    this.#place(endpoint, role, peer, was)
    this.#pairs.join(key, peer.client)
    const [other, otherRole, otherEndpoint] = this.#otherOf(key)
    if (other !== undefined) {
      this.#place(otherEndpoint, role, { ...other, left: peer.left }, otherRole)
      this.#twice[role]++
    }
    return { peers: before === undefined ? 1 : 0, got: gotSince([before, other], peer.left) }
  }

  /** @param left bytes that it lacks as it goes */
  delete (endpoint: Buffer, left = Infinity): Change {
    const key = endpoint.toString('latin1')
    const [before, role] = this.#find(endpoint)
    if (before === undefined || role === undefined) return { peers: 0, got: 0 }
    const got = gotSince([before], left)
    const [other, otherRole, otherEndpoint] = this.#otherOf(key)
    if (other !== undefined && otherRole !== undefined) {
      this.#place(otherEndpoint, otherRole, { ...other, left: Math.min(other.left, left) }, otherRole)
      this.#twice[otherRole]--
    }
    this.#pairs.leave(key, before.client)
    this.#peers[role].delete(endpoint)
    return { peers: -1, got }
  }

  /** Clients, or with an asker those alone that it can be told of. */
  counts (asker?: Asker): SwarmCounts {
    return {
      complete: this.count('seeder', asker), incomplete: this.count('leecher', asker), downloaded: this.#downloaded
    }
  }

  count (role: Role, asker?: Asker): number {
    if (asker !== undefined) return this.#peers[role].toldTo(asker).reduce((count, list) => count + list.size, 0)
    return this.#peers[role].size - this.#twice[role]
  }

  /** Endpoints, two of some clients. */
  get size (): number {
    return this.#peers.seeder.size + this.#peers.leecher.size
  }

  /** How many endpoints an address has here, of IPv6 its /64. */
  countOf (address: Buffer): number {
    return this.#peers.seeder.countOf(address) + this.#peers.leecher.countOf(address)
  }

  /**
   * Endpoints one after the other, at most `count`: for a leecher half of them seeders, for a seeder leechers while
   * there are any.
   */
  sample (count: number, asker: Asker, role: Role, without: Buffer): Buffer {
    const [first, second, most]: [Role, Role, number] = role === 'seeder'
      ? ['leecher', 'seeder', count]
      : ['seeder', 'leecher', Math.ceil(count / 2)]
    const some = sample(this.#peers[first].toldTo(asker), most, without)
    const rest = sample(this.#peers[second].toldTo(asker), count - some.length / (asker.family + 2), without)
    return Buffer.concat([some, rest])
  }

  /** The endpoints that were not heard of since `before`, in seconds. */
  silent (before: number): Buffer[] {
    return [...this.#peers.seeder.silent(before), ...this.#peers.leecher.silent(before)]
  }

  #find (endpoint: Buffer): [peer: Peer | undefined, role: Role | undefined] {
    const leecher = this.#peers.leecher.get(endpoint)
    if (leecher !== undefined) return [leecher, 'leecher']
    const seeder = this.#peers.seeder.get(endpoint)
    return [seeder, seeder && 'seeder']
  }

  #otherOf (key: string): [peer: Peer | undefined, role: Role | undefined, endpoint: Buffer] {
    const other = this.#pairs.otherOf(key)
    if (other === undefined) return [undefined, undefined, NOBODY]
    const endpoint = Buffer.from(other, 'latin1')
    return [...this.#find(endpoint), endpoint]
  }

  #place (endpoint: Buffer, role: Role, peer: Peer, was: Role | undefined): void {
    if (was !== undefined && was !== role) this.#peers[was].delete(endpoint)
    this.#peers[role].put(endpoint, peer)
  }
}

const NOBODY = Buffer.alloc(0)

function gotSince (known: ReadonlyArray<Peer | undefined>, left: number): number {
  const lacked = Math.min(...known.map((peer) => peer?.left ?? Infinity))
  return lacked === Infinity ? 0 : Math.max(0, lacked - left)
}
