import type { networkInterfaces } from 'node:os'
import t from 'tap'
import { addressBytes, formatAddress } from '../../src/net/endpoint.js'
import { LocalAddresses } from '../../src/net/local-addresses.js'
import { ownAddressFor } from '../../src/net/own-address.js'

type Interfaces = ReturnType<typeof networkInterfaces>

/** One interface, `eth0`, with these addresses and prefixes. */
function having (...cidrs: string[]): Interfaces {
  const eth0 = cidrs.map((cidr) => {
    const address = cidr.split('/')[0] ?? ''
    const shared = { address, netmask: '', mac: '', internal: false, cidr }
    return address.includes(':')
      ? { ...shared, family: 'IPv6' as const, scopeid: 2 }
      : { ...shared, family: 'IPv4' as const }
  })
  return { eth0 }
}

t.test('the system is asked each five seconds at most', async (t) => {
  let now = 0
  let asked = 0
  let has = having('10.0.0.1/24')
  const addresses = new LocalAddresses({
    now: () => now,
    interfaces: () => {
      asked++
      return has
    }
  })
  const texts = (): string[] => addresses.all.map(({ text }) => text)
  t.same(texts(), ['10.0.0.1'])
  has = having('10.0.0.2/24', 'fe80::1/64', '2001:db8::1/64')
  now = 4_999
  t.same([texts(), asked], [['10.0.0.1'], 1])
  now = 5_000
  t.same([texts(), asked], [['10.0.0.2', 'fe80::1%eth0', '2001:db8::1'], 2], 'a link-local address with its zone')
})

t.test('a system that does not tell', async (t) => {
  const addresses = new LocalAddresses({ interfaces: () => { throw new Error('no such call') } })
  t.same(addresses.all, [])
})

t.test('the address that a client is likely to reach', async (t) => {
  for (const [client, cidrs, right] of [
    ['10.0.1.7', ['10.0.0.1/24', '10.0.1.1/24'], '10.0.1.1'],
    ['10.9.9.9', ['127.0.0.1/8', '10.0.0.1/24', '198.51.100.1/24'], '10.0.0.1'],
    ['127.0.0.9', ['10.0.0.1/24', '127.0.0.1/8'], '127.0.0.1'],
    ['198.51.100.7', ['127.0.0.1/8', '10.0.0.1/24'], undefined],
    ['198.51.100.7', ['10.0.0.1/24', '192.0.2.1/24'], '192.0.2.1'],
    ['2001:db8::7', ['10.0.0.1/24', '2001:db8::1/64'], '2001:db8::1'],
    ['2001:db8::7', ['fe80::1/64'], undefined],
    ['fe80::7', ['fe80::1/64'], undefined],
    ['169.254.1.7', ['169.254.1.1/16'], '169.254.1.1'],
    ['224.0.0.1', ['10.0.0.1/24'], undefined]
  ] as const) {
    const { all } = new LocalAddresses({ interfaces: () => having(...cidrs) })
    const own = ownAddressFor(addressBytes(client) ?? Buffer.alloc(4), all)
    t.equal(own && formatAddress(own), right, `${client} with ${cidrs.join()}`)
  }
})
