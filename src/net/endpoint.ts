import ipaddr from 'ipaddr.js'

/**
 * The bytes of an IP address: 4, or 16, without a zone; what is IPv4 inside IPv6 (`::ffff:…`) is IPv4. Undefined for
 * what is no address.
 */
export function addressBytes (text: string): Buffer | undefined {
  const four = ipv4Bytes(text, text.startsWith(IPV4_INSIDE) ? IPV4_INSIDE.length : 0)
  if (four !== undefined) return four // what nearly all are
  const [address = ''] = text.split('%', 1) // an interface's name is nothing that ipaddr.js knows
  return ipaddr.isValid(address) ? Buffer.from(ipaddr.process(address).toByteArray()) : undefined
}

const IPV4_INSIDE = '::ffff:'
const DOT = 0x2E

// Each request asks for it: a regular expression and an array of strings cost ten times as much.
function ipv4Bytes (text: string, from: number): Buffer | undefined {
  let [address, parts, part, digits] = [0, 1, 0, 0]
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const digit = code - 0x30
    if (digit >= 0 && digit <= 9 && !(digits > 0 && part === 0)) { // no leading zero
      part = part * 10 + digit
      digits++
      if (part > 255) return undefined
    } else if (code === DOT && digits > 0) {
      address = address << 8 | part
      parts++
      part = digits = 0
    } else return undefined
  }
  if (parts !== 4 || digits === 0) return undefined
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(address << 8 | part)
  return bytes
}

export function formatAddress (address: Uint8Array): string {
  return ipaddr.fromByteArray([...address]).toString()
}

/** An address and a port as trackers write them: 6 bytes (BEP 23), or 18 (BEP 7). */
export function compactEndpoint (address: Uint8Array, port: number): Buffer {
  const endpoint = Buffer.allocUnsafe(address.length + 2)
  endpoint.set(address)
  endpoint.writeUInt16BE(port, address.length)
  return endpoint
}

/** One subscriber has a /64 of IPv6, and so any number of addresses. */
export const NETWORK_BYTES = 8

/**
 * The network of an address as the key of a map: what it shares with all others of one subscriber, IPv4 the whole of
 * it, IPv6 its /64.
 * @param bytes begin with the address @param length bytes of the address
 */
export function networkKeyOf (bytes: Buffer, length = bytes.length): string {
  return bytes.toString('latin1', 0, Math.min(length, NETWORK_BYTES))
}

/** The network of an address as the key of a map; all that is no address is one network. */
export function networkKey (address: string): string {
  const bytes = addressBytes(address)
  return bytes === undefined ? '' : networkKeyOf(bytes)
}
