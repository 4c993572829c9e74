import t from 'tap'
import { SCOPE, canBeTold, scopeOf } from '../../src/net/address-scope.js'
import { addressBytes } from '../../src/net/endpoint.js'

const RIGHT: Record<keyof typeof SCOPE | 'none', string[]> = {
  machine: ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1'],
  link: ['169.254.0.1', '169.254.255.255', 'fe80::1', 'febf::1'],
  site: [
    '10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255', '100.64.0.1',
    '100.127.255.255', '198.18.0.1', '198.19.0.1', '192.0.0.1', 'fc00::1', 'fdff::1', 'fec0::1', '::ffff:10.0.0.1'
  ],
  everywhere: ['1.1.1.1', '9.255.255.255', '11.0.0.0', '126.0.0.1', '128.0.0.1', '169.253.1.1', '169.255.1.1',
    '172.15.255.255', '172.32.0.0', '192.167.1.1', '192.169.1.1', '100.63.255.255', '100.128.0.0', '198.17.1.1',
    '198.20.1.1',
    '192.0.1.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '223.255.255.255', '2001:db8::1', '2002:7f00:1::',
    '64:ff9b::1', 'fbff::1', 'fe7f::1', '100::1', '0:0:0:1::1'],
  none: [
    '0.0.0.0', '0.255.255.255', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '::', '::2', '::1:1',
    '::7f00:1', 'ff02::1', 'ffff::'
  ]
}

t.test('how far an address is good for', async (t) => {
  for (const [name, addresses] of Object.entries(RIGHT)) {
    for (const address of addresses) {
      t.equal(
        scopeOf(addressBytes(address) ?? Buffer.alloc(0)),
        name === 'none' ? undefined : SCOPE[name as keyof typeof SCOPE],
        address
      )
    }
  }
})

t.test('who can be told of it', async (t) => {
  const scopes = [SCOPE.machine, SCOPE.link, SCOPE.site, SCOPE.everywhere]
  t.same(
    scopes.map((asker) => scopes.map((scope) => canBeTold(scope, asker) ? 1 : 0).join('')),
    ['1111', '0111', '0011', '0001']
  )
})
