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

const FRESH_MS = 5_000
let addresses: readonly LocalAddress[] = []
let looked = -FRESH_MS

/** The addresses of all interfaces that are up, five seconds old at most. Empty where the system does not tell. */
export function localAddresses (): readonly LocalAddress[] {
  const now = performance.now()
  if (now - looked < FRESH_MS) return addresses
  looked = now
  addresses = look()
  return addresses
}

function look (): LocalAddress[] {
  try {
    return Object.entries(networkInterfaces()).flatMap(([name, list = []]) => list.flatMap(({ address, cidr }) => {
      const bytes = addressBytes(address)
      const isLinkLocal = bytes?.length === 16 && bytes[0] === 0xFE && (bytes[1] ?? 0) >> 6 === 2
      return bytes === undefined ? [] : [{ text: isLinkLocal ? `${address}%${name}` : address, bytes, cidr }]
    }))
  } catch {
    return [] // a sandbox may have no such call
  }
}
