import { SCOPES, canBeTold } from '../../net/address-scope.js'
import type { Scope } from '../../net/address-scope.js'
import type { Asker } from './asker.js'
import { firstList, listOf } from './located.js'
import type { Located } from './located.js'
import { PeerList } from './peer-list.js'
import type { Peer } from './peer-list.js'

/** The peers of one role in one swarm: a list for each family and scope, so that whole lists fit an asker. */
export class ScopedPeers {
  /** See listOf. */
  readonly #lists: Array<PeerList | undefined> = []

  /** Endpoints. */
  get size (): number {
    return this.#lists.reduce((count, list) => count + (list?.size ?? 0), 0)
  }

  get ({ key, list }: Located): Peer | undefined {
    return this.#lists[list]?.get(key)
  }

  put ({ key, list }: Located, peer: Peer): void {
    const peers = this.#lists[list] ??= new PeerList(key.length)
    peers.put(key, peer)
  }

  delete ({ key, list }: Located): void {
    this.#lists[list]?.delete(key)
  }

  /** How many endpoints an address has here, of IPv6 its /64. */
  countOf (address: Buffer): number {
    return this.#lists[listOf(address, address.length)]?.countOf(address) ?? 0
  }

  /** Endpoints that an asker can be told of. */
  countFor ({ family, scope }: Asker): number {
    let count = 0
    for (let each = 0; each < SCOPES; each++) {
      if (canBeTold(each as Scope, scope)) count += this.#lists[firstList(family) + each]?.size ?? 0
    }
    return count
  }

  /** The lists that an asker can be told of, without empty ones. */
  toldTo ({ family, scope }: Asker): PeerList[] {
    const told: PeerList[] = []
    for (let each = 0; each < SCOPES; each++) {
      const list = canBeTold(each as Scope, scope) ? this.#lists[firstList(family) + each] : undefined
      if (list !== undefined && list.size > 0) told.push(list)
    }
    return told
  }

  /** The endpoints that were not heard of since `before`, in seconds. */
  silent (before: number): Buffer[] {
    return this.#lists.flatMap((list) => list?.silent(before) ?? [])
  }
}
