import { NETWORK_BYTES } from '../../net/endpoint.js'

const FIRST_CAPACITY = 4

/** What is kept of a peer besides where it is. */
export interface Peer {
  /** When it was last heard of, in seconds. */
  readonly seen: number
  /** Bytes that it lacks. */
  readonly left: number
  /** See clientOf; 0: not known. */
  readonly client: number
}

/**
 * Peers of one family, one role and one scope in one swarm, as trackers write them (6 bytes, BEP 23, or 18, BEP 7) in
 * one buffer: a sample is a copy of a run of it.
 */
export class PeerList {
  readonly #stride: number
  #endpoints: Buffer
  #seen: Uint32Array
  #left: Float64Array
  #clients: Float64Array
  /** Where each is, by its key: the endpoint's bytes as Latin-1. */
  readonly #slots = new Map<string, number>()

  /** @param stride bytes of an endpoint */
  constructor (stride: number) {
    this.#stride = stride
    this.#endpoints = Buffer.allocUnsafeSlow(FIRST_CAPACITY * stride)
    this.#seen = new Uint32Array(FIRST_CAPACITY)
    this.#left = new Float64Array(FIRST_CAPACITY)
    this.#clients = new Float64Array(FIRST_CAPACITY)
  }

  get size (): number {
    return this.#slots.size
  }

  /** From 0 to size - 1; undefined for an endpoint that is not here. */
  slotOf (key: string): number | undefined {
    return this.#slots.get(key)
  }

  get (key: string): Peer | undefined {
    const slot = this.#slots.get(key)
    return slot === undefined
      ? undefined
      : {
          seen: this.#seen[slot] ?? 0, left: this.#left[slot] ?? 0, client: this.#clients[slot] ?? 0
        }
  }

  /** Adds a peer, or notes what is new of it. */
  put (key: string, { seen, left, client }: Peer): void {
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      slot = this.size
      if (slot === this.#seen.length) this.#resize(slot * 2)
      this.#endpoints.write(key, slot * this.#stride, 'latin1')
      this.#slots.set(key, slot)
    }
    this.#seen[slot] = seen
    this.#left[slot] = left
    this.#clients[slot] = client
  }

  /** @returns whether it was there */
  delete (key: string): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    this.#slots.delete(key)
    const last = this.size
    if (slot !== last) {
      const moved = this.#at(last)
      moved.copy(this.#endpoints, slot * this.#stride)
      this.#seen[slot] = this.#seen[last] ?? 0
      this.#left[slot] = this.#left[last] ?? 0
      this.#clients[slot] = this.#clients[last] ?? 0
      this.#slots.set(moved.toString('latin1'), slot)
    }
    if (last >= FIRST_CAPACITY && last < this.#seen.length / 4) this.#resize(this.#seen.length / 2)
    return true
  }

  /** Copies the endpoints of `count` peers from a slot on. @returns bytes */
  copy (first: number, count: number, into: Buffer, at: number): number {
    return this.#endpoints.copy(into, at, first * this.#stride, (first + count) * this.#stride)
  }

  /** How many endpoints have this IPv4 address, or are in its IPv6 /64. */
  countOf (address: Uint8Array): number {
    const bytes = Math.min(address.length, NETWORK_BYTES)
    let count = 0
    for (let at = 0, end = this.size * this.#stride; at < end; at += this.#stride) {
      let i = 0
      while (i < bytes && this.#endpoints[at + i] === address[i]) i++
      if (i === bytes) count++
    }
    return count
  }

  /** The endpoints that were not heard of since then. */
  silent (before: number): Buffer[] {
    const endpoints: Buffer[] = []
    for (let slot = 0; slot < this.size; slot++) {
      if ((this.#seen[slot] ?? 0) < before) endpoints.push(Buffer.from(this.#at(slot)))
    }
    return endpoints
  }

  #at (slot: number): Buffer {
    return this.#endpoints.subarray(slot * this.#stride, (slot + 1) * this.#stride)
  }

  #resize (capacity: number): void {
    const endpoints = Buffer.allocUnsafeSlow(capacity * this.#stride)
    this.#endpoints.copy(endpoints, 0, 0, Math.min(this.#endpoints.length, endpoints.length))
    const seen = new Uint32Array(capacity)
    seen.set(this.#seen.subarray(0, capacity))
    const left = new Float64Array(capacity)
    left.set(this.#left.subarray(0, capacity))
    const clients = new Float64Array(capacity)
    clients.set(this.#clients.subarray(0, capacity))
    this.#endpoints = endpoints
    this.#seen = seen
    this.#left = left
    this.#clients = clients
  }
}
