import { PeerList } from './peer-list.js'

export type Role = 'seeder' | 'leecher'

/** The peers of one torrent. */
export class Swarm {
  readonly #lists = new Map<`${Role} ${number}`, PeerList>()
  /** Peers that have said `completed`. */
  downloaded = 0

  /** Bytes that a peer lacked when it was last heard of; undefined for who is not here. */
  leftOf (endpoint: Buffer): number | undefined {
    return this.#lists.get(`leecher ${endpoint.length}`)?.leftOf(endpoint) ?? this.#lists.get(`seeder ${endpoint.length}`)?.leftOf(endpoint)
  }

  /** @param endpoint 6 or 18 bytes @param left bytes that it lacks @returns whether it is new here */
  put (endpoint: Buffer, role: Role, seconds: number, left: number): boolean {
    const known = this.delete(endpoint, role === 'seeder' ? 'leecher' : 'seeder')
    const list = this.#list(endpoint.length, role)
    const before = list.size
    list.put(endpoint, seconds, left)
    return !known && list.size > before
  }

  /** @returns whether it was there */
  delete (endpoint: Buffer, role: Role): boolean {
    return this.#lists.get(`${role} ${endpoint.length}`)?.delete(endpoint) ?? false
  }

  has (endpoint: Buffer, role: Role): boolean {
    return this.#lists.get(`${role} ${endpoint.length}`)?.has(endpoint) ?? false
  }

  count (role: Role): number {
    return (this.#lists.get(`${role} 6`)?.size ?? 0) + (this.#lists.get(`${role} 18`)?.size ?? 0)
  }

  /** How many peers an address has here, of IPv6 its /64. */
  countOf (address: Uint8Array): number {
    const stride = address.length + 2
    return (this.#lists.get(`seeder ${stride}`)?.countOf(address) ?? 0) + (this.#lists.get(`leecher ${stride}`)?.countOf(address) ?? 0)
  }

  /** Endpoints one after the other, at most `count`: for a leecher half of them seeders, for a seeder leechers while there are any. */
  sample (count: number, bytes: 6 | 18, role: Role, without: Buffer): Buffer {
    const [first, second, most]: [Role, Role, number] = role === 'seeder' ? ['leecher', 'seeder', count] : ['seeder', 'leecher', Math.ceil(count / 2)]
    const some = this.#lists.get(`${first} ${bytes}`)?.sample(most, without) ?? EMPTY
    const rest = this.#lists.get(`${second} ${bytes}`)?.sample(count - some.length / bytes, without) ?? EMPTY
    return Buffer.concat([some, rest])
  }

  /** Forgets who was not heard of since `before` (seconds), and tells each. */
  expire (before: number, forgotten: (endpoint: Buffer) => void): void {
    for (const list of this.#lists.values()) list.expire(before, forgotten)
  }

  #list (bytes: number, role: Role): PeerList {
    const known = this.#lists.get(`${role} ${bytes}`)
    if (known !== undefined) return known
    const list = new PeerList(bytes === 6 ? 6 : 18)
    this.#lists.set(`${role} ${bytes}`, list)
    return list
  }
}

const EMPTY = Buffer.alloc(0)
