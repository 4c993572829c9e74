import { SCOPE, SCOPES, canBeTold, scopeOf } from '../../net/address-scope.js'
import type { Scope } from '../../net/address-scope.js'
import type { SwarmCounts } from '../swarm-store.js'
import { ClientPairs } from './client-pairs.js'
import { PeerList } from './peer-list.js'
import type { Peer } from './peer-list.js'
import { sample } from './sample.js'

export type Role = 'seeder' | 'leecher'

/** An asker is told of peers of its own family, at addresses that are good where it is. */
export interface Asker {
  /** Bytes of its address. */
  readonly family: number
  readonly scope: Scope
}

/** @param bytes begin with an address that has a scope @param family bytes of the address */
export function askerAt (bytes: Buffer, family = bytes.length): Asker {
  return { family, scope: scopeOf(bytes, family) ?? SCOPE.everywhere }
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
  /** By family and scope, see placeOf. */
  readonly #lists: Record<Role, Array<PeerList | undefined>> = { seeder: [], leecher: [] }
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
    this.#lists[role][placeOf(endpoint)]?.delete(endpoint)
    return { peers: -1, got }
  }

  /** Clients, or with an asker those alone that it can be told of. */
  counts (asker?: Asker): SwarmCounts {
    return {
      complete: this.count('seeder', asker), incomplete: this.count('leecher', asker), downloaded: this.#downloaded
    }
  }

  count (role: Role, asker?: Asker): number {
    if (asker !== undefined) return this.#told(role, asker).reduce((count, list) => count + list.size, 0)
    return this.#endpoints(role) - this.#twice[role]
  }

  /** Endpoints, two of some clients. */
  get size (): number {
    return this.#endpoints('seeder') + this.#endpoints('leecher')
  }

  /** How many endpoints an address has here, of IPv6 its /64. */
  countOf (address: Buffer): number {
    const place = placeOf(address, address.length)
    return (this.#lists.seeder[place]?.countOf(address) ?? 0) + (this.#lists.leecher[place]?.countOf(address) ?? 0)
  }

  /**
   * Endpoints one after the other, at most `count`: for a leecher half of them seeders, for a seeder leechers while
   * there are any.
   */
  sample (count: number, asker: Asker, role: Role, without: Buffer): Buffer {
    const [first, second, most]: [Role, Role, number] = role === 'seeder'
      ? ['leecher', 'seeder', count]
      : [
          'seeder', 'leecher', Math.ceil(count / 2)
        ]
    const some = sample(this.#told(first, asker), most, without)
    const rest = sample(this.#told(second, asker), count - some.length / (asker.family + 2), without)
    return Buffer.concat([some, rest])
  }

  /** The endpoints that were not heard of since `before`, in seconds. */
  silent (before: number): Buffer[] {
    return [...this.#lists.seeder, ...this.#lists.leecher].flatMap((list) => list?.silent(before) ?? [])
  }

  #endpoints (role: Role): number {
    return this.#lists[role].reduce((count, list) => count + (list?.size ?? 0), 0)
  }

  #told (role: Role, { family, scope }: Asker): PeerList[] {
    const lists = this.#lists[role]
    const told: PeerList[] = []
    for (let each = 0; each < SCOPES; each++) {
      const list = canBeTold(each as Scope, scope) ? lists[familyPlace(family) + each] : undefined
      if (list !== undefined && list.size > 0) told.push(list)
    }
    return told
  }

  #get (endpoint: Buffer, role: Role): Peer | undefined {
    return this.#lists[role][placeOf(endpoint)]?.get(endpoint)
  }

  #find (endpoint: Buffer): [peer: Peer | undefined, role: Role | undefined] {
    const leecher = this.#get(endpoint, 'leecher')
    if (leecher !== undefined) return [leecher, 'leecher']
    const seeder = this.#get(endpoint, 'seeder')
    return [seeder, seeder && 'seeder']
  }

  #otherOf (key: string): [peer: Peer | undefined, role: Role | undefined, endpoint: Buffer] {
    const other = this.#pairs.otherOf(key)
    if (other === undefined) return [undefined, undefined, NOBODY]
    const endpoint = Buffer.from(other, 'latin1')
    return [...this.#find(endpoint), endpoint]
  }

  #place (endpoint: Buffer, role: Role, peer: Peer, was: Role | undefined): void {
    const place = placeOf(endpoint)
    if (was !== undefined && was !== role) this.#lists[was][place]?.delete(endpoint)
    const list = this.#lists[role][place] ??= new PeerList(endpoint.length)
    list.put(endpoint, peer)
  }
}

const NOBODY = Buffer.alloc(0)

// IPv4 in the first half, IPv6 in the second, by scope in either.
function placeOf (endpoint: Buffer, family = endpoint.length - 2): number {
  return familyPlace(family) + (scopeOf(endpoint, family) ?? 0)
}

function familyPlace (family: number): number {
  return family === 4 ? 0 : SCOPES
}

function gotSince (known: ReadonlyArray<Peer | undefined>, left: number): number {
  const lacked = Math.min(...known.map((peer) => peer?.left ?? Infinity))
  return lacked === Infinity ? 0 : Math.max(0, lacked - left)
}
