import { networkInterfaces } from 'node:os'
import type { NetworkInterfaceInfo } from 'node:os'
import ipaddr from 'ipaddr.js'
import { addressBytes } from './endpoint.js'

const FRESH_MS = 10_000
let interfaces: NetworkInterfaceInfo[] = []
let looked = -FRESH_MS

/** The address of this machine that an address is likely to reach: of its network, else any that is not loopback. */
export function ownAddressFor (client: Uint8Array): Buffer | undefined {
  const now = performance.now()
  if (now - looked >= FRESH_MS) {
    interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
    looked = now
  }
  const address = ipaddr.fromByteArray([...client])
  const family = address.kind() === 'ipv4' ? 'IPv4' : 'IPv6'
  const candidates = interfaces.filter((own) => own.family === family && !own.address.startsWith('fe80:'))
  const near = candidates.find(({ cidr }) => cidr !== null && address.match(ipaddr.parseCIDR(cidr)))
  const own = near ?? candidates.find(({ internal }) => !internal)
  return own && addressBytes(own.address)
}
