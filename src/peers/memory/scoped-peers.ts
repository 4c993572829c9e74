import { SCOPES, canBeTold, scopeOf } from '../../net/address-scope.js'
import type { Scope } from '../../net/address-scope.js'
import type { Asker } from './asker.js'
import { PeerList } from './peer-list.js'
import type { Peer } from './peer-list.js'

/** The peers of one role in one swarm: a list for each family and scope, so that whole lists fit an asker. */
export class ScopedPeers {
  /** By placeOf. */
  readonly #lists: Array<PeerList | undefined> = []

  /** Endpoints. */
  get size (): number {
    return this.#lists.reduce((count, list) => count + (list?.size ?? 0), 0)
  }

  get (endpoint: Buffer): Peer | undefined {
    return this.#lists[placeOf(endpoint)]?.get(endpoint)
  }

  put (endpoint: Buffer, peer: Peer): void {
    const list = this.#lists[placeOf(endpoint)] ??= new PeerList(endpoint.length)
    list.put(endpoint, peer)
  }

  delete (endpoint: Buffer): void {
    this.#lists[placeOf(endpoint)]?.delete(endpoint)
  }

  /** How many endpoints an address has here, of IPv6 its /64. */
  countOf (address: Buffer): number {
    return this.#lists[placeOf(address, address.length)]?.countOf(address) ?? 0
  }

  /** The lists that an asker can be told of, without empty ones. */
  toldTo ({ family, scope }: Asker): PeerList[] {
    const told: PeerList[] = []
    for (let each = 0; each < SCOPES; each++) {
      const list = canBeTold(each as Scope, scope) ? this.#lists[familyPlace(family) + each] : undefined
      if (list !== undefined && list.size > 0) told.push(list)
    }
    return told
  }

  /** The endpoints that were not heard of since `before`, in seconds. */
  silent (before: number): Buffer[] {
    return this.#lists.flatMap((list) => list?.silent(before) ?? [])
  }
}

// IPv4 in the first half, IPv6 in the second, by scope in either.
function placeOf (endpoint: Buffer, family = endpoint.length - 2): number {
  return familyPlace(family) + (scopeOf(endpoint, family) ?? 0)
}

function familyPlace (family: number): number {
  return family === 4 ? 0 : SCOPES
}
