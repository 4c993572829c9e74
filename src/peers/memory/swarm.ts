import type { SwarmCounts } from '../swarm-store.js'
import type { Asker } from './asker.js'
import { ClientPairs } from './client-pairs.js'
import { located } from './located.js'
import type { Located } from './located.js'
import type { Peer } from './peer-list.js'
import { sample } from './sample.js'
import { ScopedPeers } from './scoped-peers.js'

export type Role = 'seeder' | 'leecher'

/** A peer that is in a swarm. */
export interface Found {
  readonly peer: Peer
  readonly role: Role
}

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
  find (at: Located): Found | undefined {
    const leecher = this.#peers.leecher.get(at)
    if (leecher !== undefined) return { peer: leecher, role: 'leecher' }
    const seeder = this.#peers.seeder.get(at)
    return seeder && { peer: seeder, role: 'seeder' }
  }

  /** A leecher here has said `completed`. */
  noteCompleted (): void {
    this.#downloaded++
  }

  /** @param was what `find` has just said */
  put (at: Located, role: Role, peer: Peer, was: Found | undefined): Change {
    const { key } = at
    if (was !== undefined && this.#pairs.otherOf(key) !== undefined) this.#twice[was.role]--
    if (was !== undefined && was.peer.client !== peer.client) this.#pairs.leave(key, was.peer.client)
    this.#place(at, role, peer, was?.role)
    this.#pairs.join(key, peer.client)
    const paired = this.#otherOf(key)
    if (paired !== undefined) {
      this.#place(paired.at, role, { ...paired.peer, left: peer.left }, paired.role)
      this.#twice[role]++
    }
    return { peers: was === undefined ? 1 : 0, got: gotSince(was?.peer, paired?.peer, peer.left) }
  }

  /** @param left bytes that it lacks as it goes */
  delete (at: Located, left = Infinity): Change {
    const was = this.find(at)
    if (was === undefined) return { peers: 0, got: 0 }
    const got = gotSince(was.peer, undefined, left)
    const other = this.#otherOf(at.key)
    if (other !== undefined) {
      this.#place(other.at, other.role, { ...other.peer, left: Math.min(other.peer.left, left) }, other.role)
      this.#twice[other.role]--
    }
    this.#pairs.leave(at.key, was.peer.client)
    this.#peers[was.role].delete(at)
    return { peers: -1, got }
  }

  /** Clients, or with an asker those alone that it can be told of. */
  counts (asker?: Asker): SwarmCounts {
    return {
      complete: this.count('seeder', asker), incomplete: this.count('leecher', asker), downloaded: this.#downloaded
    }
  }

  count (role: Role, asker?: Asker): number {
    return asker === undefined ? this.#peers[role].size - this.#twice[role] : this.#peers[role].countFor(asker)
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
   * @param without the asker's own, see Located
   */
  sample (count: number, asker: Asker, role: Role, without: string): Buffer {
    const [first, second, most]: [Role, Role, number] = role === 'seeder'
      ? ['leecher', 'seeder', count]
      : ['seeder', 'leecher', Math.ceil(count / 2)]
    const stride = asker.family + 2
    const peers = Buffer.allocUnsafe(Math.min(count, this.size) * stride)
    const some = sample(this.#peers[first].toldTo(asker), most, peers, 0, without)
    const rest = sample(this.#peers[second].toldTo(asker), count - some / stride, peers, some, without)
    return peers.subarray(0, some + rest)
  }

  /** The endpoints that were not heard of since `before`, in seconds. */
  silent (before: number): Buffer[] {
    return [...this.#peers.seeder.silent(before), ...this.#peers.leecher.silent(before)]
  }

  #otherOf (key: string): Found & { readonly at: Located } | undefined {
    const other = this.#pairs.otherOf(key)
    if (other === undefined) return undefined
    const at = located(Buffer.from(other, 'latin1'))
    const found = this.find(at)
    return found && { ...found, at }
  }

  #place (at: Located, role: Role, peer: Peer, was: Role | undefined): void {
    if (was !== undefined && was !== role) this.#peers[was].delete(at)
    this.#peers[role].put(at, peer)
  }
}

function gotSince (known: Peer | undefined, other: Peer | undefined, left: number): number {
  const lacked = Math.min(known?.left ?? Infinity, other?.left ?? Infinity)
  return lacked === Infinity ? 0 : Math.max(0, lacked - left)
}
