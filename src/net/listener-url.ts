import type { AddressInfo } from 'node:net'

/**
 * The URL of a listener, without a path. A wildcard address names no host; the loopback one is right at least on this
 * machine.
 */
export function listenerUrl (scheme: 'http' | 'https', { address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `${scheme}://${family === 'IPv6' ? `[${host}]` : host}:${port}`
}
