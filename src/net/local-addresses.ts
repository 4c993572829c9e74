import { networkInterfaces } from 'node:os'
import { addressBytes } from './endpoint.js'

/** An address of this machine. */
export interface LocalAddress {
  /** As it can be bound: an IPv6 link-local address with its zone (RFC 4007 §11). */
  readonly text: string
  /** 4 or 16. */
  readonly bytes: Buffer
  /** With the length of its network's prefix; null where the system does not say. */
  readonly cidr: string | null
}

export interface LocalAddressesSetting {
  /** Asks the system; may throw. */
  readonly interfaces?: typeof networkInterfaces
  /** Milliseconds. */
  readonly now?: () => number
}

const FRESH_MS = 5_000

/** The addresses of all interfaces that are up. */
export class LocalAddresses {
  readonly #interfaces: typeof networkInterfaces
  readonly #now: () => number
  #addresses: readonly LocalAddress[] = []
  #looked = -Infinity

  constructor ({ interfaces = networkInterfaces, now = () => performance.now() }: LocalAddressesSetting = {}) {
    this.#interfaces = interfaces
    this.#now = now
  }

  /** Five seconds old at most. Empty where the system does not tell. */
  get all (): readonly LocalAddress[] {
    const now = this.#now()
    if (now - this.#looked < FRESH_MS) return this.#addresses
    this.#looked = now
    this.#addresses = this.#look()
    return this.#addresses
  }

  #look (): LocalAddress[] {
    try {
      return Object.entries(this.#interfaces()).flatMap(([name, list = []]) => list.flatMap(({ address, cidr }) => {
        const bytes = addressBytes(address)
        const isLinkLocal = bytes?.length === 16 && bytes[0] === 0xFE && (bytes[1] ?? 0) >> 6 === 2
        return bytes === undefined ? [] : [{ text: isLinkLocal ? `${address}%${name}` : address, bytes, cidr }]
      }))
    } catch {
      return [] // a sandbox may have no such call
    }
  }
}
