const FIRST_CAPACITY = 4

/**
 * Peers of one family and one role in one swarm, as trackers write them (6 bytes, BEP 23, or 18, BEP 7) in one buffer: a sample is
 * a copy of a run of it.
 */
export class PeerList {
  readonly #stride: number
  #endpoints: Buffer
  /** When each was last heard of, in seconds. */
  #seen: Uint32Array
  /** Bytes that each lacks. */
  #left: Float64Array
  /** Where each is, by its endpoint's bytes. */
  readonly #slots = new Map<string, number>()

  /** @param stride bytes of an endpoint */
  constructor (stride: 6 | 18) {
    this.#stride = stride
    this.#endpoints = Buffer.allocUnsafeSlow(FIRST_CAPACITY * stride)
    this.#seen = new Uint32Array(FIRST_CAPACITY)
    this.#left = new Float64Array(FIRST_CAPACITY)
  }

  get size (): number {
    return this.#slots.size
  }

  has (endpoint: Buffer): boolean {
    return this.#slots.has(endpoint.toString('latin1'))
  }

  /** Bytes that a peer lacked when it was last heard of; undefined for who is not here. */
  leftOf (endpoint: Buffer): number | undefined {
    const slot = this.#slots.get(endpoint.toString('latin1'))
    return slot === undefined ? undefined : this.#left[slot]
  }

  /** Adds a peer, or notes that it was heard of. */
  put (endpoint: Buffer, seconds: number, left: number): void {
    const key = endpoint.toString('latin1')
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      slot = this.size
      if (slot === this.#seen.length) this.#resize(slot * 2)
      endpoint.copy(this.#endpoints, slot * this.#stride)
      this.#slots.set(key, slot)
    }
    this.#seen[slot] = seconds
    this.#left[slot] = left
  }

  /** @returns whether it was there */
  delete (endpoint: Buffer): boolean {
    const key = endpoint.toString('latin1')
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    this.#slots.delete(key)
    const last = this.size
    if (slot !== last) {
      const moved = this.#at(last)
      moved.copy(this.#endpoints, slot * this.#stride)
      this.#seen[slot] = this.#seen[last] ?? 0
      this.#left[slot] = this.#left[last] ?? 0
      this.#slots.set(moved.toString('latin1'), slot)
    }
    if (last >= FIRST_CAPACITY && last < this.#seen.length / 4) this.#resize(this.#seen.length / 2)
    return true
  }

  /** A run of at most `count` peers that begins anywhere, without the one that asks. */
  sample (count: number, without?: Buffer): Buffer {
    const size = this.size
    const own = without === undefined ? undefined : this.#slots.get(without.toString('latin1'))
    const wanted = Math.min(count, own === undefined ? size : size - 1)
    if (wanted <= 0) return Buffer.alloc(0)
    // All in a ring, and whoever asks is outside: the run begins behind it and ends before it comes again.
    const [first, choices] = own === undefined ? [0, size] : [own + 1, size - wanted]
    const begin = first + Math.floor(Math.random() * choices)
    return this.#run(begin % size, wanted)
  }

  /** How many are of the network of this address: of the IPv4 address, of the IPv6 /64. */
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

  /** Forgets who was not heard of since then, and tells each. */
  expire (before: number, forgotten: (endpoint: Buffer) => void): void {
    for (let slot = this.size - 1; slot >= 0; slot--) {
      if ((this.#seen[slot] ?? 0) >= before) continue
      const endpoint = Buffer.from(this.#at(slot))
      this.delete(endpoint)
      forgotten(endpoint)
    }
  }

  #at (slot: number): Buffer {
    return this.#endpoints.subarray(slot * this.#stride, (slot + 1) * this.#stride)
  }

  #run (begin: number, count: number): Buffer {
    const run = Buffer.allocUnsafe(count * this.#stride)
    const toEnd = Math.min(count, this.size - begin)
    this.#endpoints.copy(run, 0, begin * this.#stride, (begin + toEnd) * this.#stride)
    if (toEnd < count) this.#endpoints.copy(run, toEnd * this.#stride, 0, (count - toEnd) * this.#stride)
    return run
  }

  #resize (capacity: number): void {
    const endpoints = Buffer.allocUnsafeSlow(capacity * this.#stride)
    this.#endpoints.copy(endpoints, 0, 0, Math.min(this.#endpoints.length, endpoints.length))
    const seen = new Uint32Array(capacity)
    seen.set(this.#seen.subarray(0, capacity))
    const left = new Float64Array(capacity)
    left.set(this.#left.subarray(0, capacity))
    this.#endpoints = endpoints
    this.#seen = seen
    this.#left = left
  }
}

/** One subscriber has a /64 of IPv6, and so any number of addresses. */
export const NETWORK_BYTES = 8
