import ipaddr from 'ipaddr.js'
import { SCOPE, canBeTold, scopeOf } from './address-scope.js'
import type { LocalAddress } from './local-addresses.js'

/**
 * The address of this machine that a client is likely to reach: one of the client's own network, else any that can be
 * told to it.
 */
export function ownAddressFor (client: Uint8Array, addresses: readonly LocalAddress[]): Buffer | undefined {
  const scope = scopeOf(client)
  if (scope === undefined) return undefined
  const candidates = addresses.filter(({ bytes }) => {
    const own = bytes.length === client.length ? scopeOf(bytes) : undefined
    // The zone of an IPv6 link-local address could not be told.
    return own !== undefined && canBeTold(own, scope) && (own !== SCOPE.link || bytes.length === 4)
  })
  const address = ipaddr.fromByteArray([...client])
  const near = candidates.find(({ cidr }) => cidr !== null && address.match(ipaddr.parseCIDR(cidr)))
  const own = near ?? candidates.find(({ bytes }) => scopeOf(bytes) !== SCOPE.machine)
  return own?.bytes
}
