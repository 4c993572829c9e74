import t from 'tap'
import { SCOPE } from '../../../src/net/address-scope.js'
import { addressBytes, compactEndpoint } from '../../../src/net/endpoint.js'
import { Swarms } from '../../../src/peers/memory/swarms.js'

const at = (address: string, port = 1000): Buffer => compactEndpoint(addressBytes(address) ?? Buffer.alloc(4), port)
const heard = (seen: number, left = 0, client = 0) => ({ seen, left, client })
const counts = (swarms: Swarms, infoHash = 'a'): number[] => [
  swarms.find(infoHash)?.count('seeder') ?? 0, swarms.find(infoHash)?.count('leecher') ?? 0, swarms.peers
]

t.test('a peer is in a swarm once, in one role', async (t) => {
  const swarms = new Swarms(60)
  swarms.put('a', at('192.0.2.1'), 'leecher', heard(0))
  swarms.put('a', at('192.0.2.1'), 'leecher', heard(1))
  t.same(counts(swarms), [0, 1, 1])
  swarms.put('a', at('192.0.2.1'), 'seeder', heard(2))
  t.same(counts(swarms), [1, 0, 1])
  swarms.put('a', at('2001:db8::1'), 'leecher', heard(2))
  swarms.put('b', at('192.0.2.1'), 'leecher', heard(2))
  t.same([counts(swarms), counts(swarms, 'b')], [[1, 1, 3], [0, 1, 3]])
  swarms.delete('a', at('192.0.2.1', 1001), 0)
  swarms.delete('c', at('192.0.2.1'), 0)
  t.equal(swarms.peers, 3, 'who is not there does not leave')
  swarms.delete('a', at('192.0.2.1'), 0)
  swarms.forget('b')
  t.same(counts(swarms), [0, 1, 1])
  swarms.delete('a', at('2001:db8::1'), 0)
  t.equal(swarms.find('a'), undefined, 'nothing is kept of what nobody shares')
  t.equal(swarms.peers, 0)
})

t.test('who is silent is forgotten', async (t) => {
  const swarms = new Swarms(60)
  swarms.put('a', at('192.0.2.1'), 'leecher', heard(0))
  swarms.put('a', at('192.0.2.2'), 'seeder', heard(10, 0))
  swarms.expire(60)
  t.same(counts(swarms), [1, 1, 2])
  swarms.expire(61)
  t.same(counts(swarms), [1, 0, 1])
  swarms.put('a', at('192.0.2.2'), 'seeder', heard(65, 0))
  swarms.expire(80)
  t.same(counts(swarms), [1, 0, 1], 'heard of again')
  swarms.expire(1000)
  t.same([swarms.find('a'), swarms.peers], [undefined, 0])
})

t.test('what is over a limit is not remembered', async (t) => {
  for (const [name, address] of [
    ['IPv4', () => '192.0.2.1'], ['IPv6', (i: number) => `2001:db8::${(i + 1).toString(16)}`]
  ] as const) {
    const swarms = new Swarms(60)
    for (let i = 0; i < 40; i++) swarms.put('a', at(address(i), 1000 + i), i % 2 === 0 ? 'seeder' : 'leecher', heard(0))
    t.same(counts(swarms), [16, 16, 32], `${name}: 32 of an address in a swarm`)
    swarms.put('a', at(address(0), 1000), 'leecher', heard(1))
    t.same(counts(swarms), [15, 17, 32], 'who is in it may change its role')
    swarms.delete('a', at(address(1), 1001), 0)
    swarms.put('a', at(address(50), 5000), 'seeder', heard(1))
    t.same(counts(swarms), [16, 16, 32], 'a place that gets free is given again')
    for (let i = 0; i < 2_100; i++) swarms.put(`torrent ${i}`, at(address(i), 1000), 'leecher', heard(0))
    t.equal(swarms.peers, 2_000, `${name}: 2,000 of an address`)
    t.equal(swarms.find('torrent 2099'), undefined, 'and no swarm without a peer')
    swarms.expire(1000)
    swarms.put('a', at(address(0)), 'leecher', heard(1000, 0))
    t.equal(swarms.peers, 1, 'all of that is given back')
  }
  const swarms = new Swarms(60)
  for (let i = 0; i < 20_010; i++) swarms.put('a', at(`10.${i >> 16}.${i >> 8 & 255}.${i & 255}`), 'leecher', heard(0))
  t.same(counts(swarms), [0, 20_000, 20_000], '20,000 in a swarm')
})

t.test('what peers have got, by their own account', async (t) => {
  const swarms = new Swarms(60)
  const [first, second] = [at('192.0.2.1'), at('192.0.2.2')]
  swarms.put('a', first, 'leecher', heard(0, 1000))
  t.equal(swarms.downloadedBytes, 0)
  swarms.put('a', first, 'leecher', heard(1, 400))
  swarms.put('a', first, 'leecher', heard(2, 400))
  t.equal(swarms.downloadedBytes, 600)
  swarms.put('a', second, 'seeder', heard(3, 0))
  t.equal(swarms.downloadedBytes, 600, 'who comes with everything has got nothing here')
  swarms.put('a', first, 'seeder', heard(4, 0))
  t.equal(swarms.downloadedBytes, 1000, 'also when it becomes a seeder')
  swarms.put('a', second, 'leecher', heard(5, 1000))
  t.equal(swarms.downloadedBytes, 1000, 'who lacks more than before has lost it')
  swarms.delete('a', second, 250)
  t.equal(swarms.downloadedBytes, 1750, 'also as it goes')
  t.same([swarms.size, swarms.count('seeder'), swarms.count('leecher')], [1, 1, 0])
})

const role = (
  swarms: Swarms, endpoint: Buffer
): string => `${swarms.find('a')?.has(endpoint, 'seeder')} ${swarms.find('a')?.has(endpoint, 'leecher')}`

t.test('a client with an IPv4 and an IPv6 address is told of at both, and counts once', async (t) => {
  const [four, six] = [at('192.0.2.1'), at('2001:db8::1')]
  const told = (swarms: Swarms): string[] => ([4, 16] as const).map(
    (family) => swarms.find('a')?.sample(9, { family, scope: SCOPE.everywhere }, 'leecher', Buffer.alloc(0)).toString(
      'hex'
    ) ??
      ''
  )
  const both = [four, six].map((endpoint) => endpoint.toString('hex'))
  for (const [first, second] of [[four, six], [six, four]] as const) {
    const swarms = new Swarms(60)
    swarms.put('a', first, 'leecher', heard(0, 1000, 7))
    swarms.put('a', second, 'leecher', heard(1, 1000, 7))
    t.same([counts(swarms), told(swarms)], [[0, 1, 1], both])
    t.same(
      ([4, 16] as const).map((family) => swarms.find('a')?.count('leecher', { family, scope: SCOPE.machine })),
      [1, 1],
      'to askers of either family it is one'
    )
    swarms.put('a', first, 'leecher', heard(2, 400, 7))
    swarms.put('a', second, 'leecher', heard(3, 400, 7))
    t.equal(swarms.downloadedBytes, 600, 'and so is what it has got')
    swarms.put('a', second, 'seeder', heard(4, 0, 7))
    t.same(
      [counts(swarms), role(swarms, first), told(swarms), swarms.downloadedBytes],
      [[1, 0, 1], 'true false', both, 1000],
      'what it says at one address it is at the other'
    )
    swarms.put('a', first, 'seeder', heard(5, 0, 7))
    t.same([counts(swarms), swarms.downloadedBytes], [[1, 0, 1], 1000])
    swarms.put('a', at('2001:db8::2'), 'seeder', heard(5, 0, 7))
    t.same(counts(swarms), [2, 0, 2], 'a third address counts')
    swarms.delete('a', at('2001:db8::2'), 0)
    swarms.delete('a', first, 0)
    t.same([counts(swarms), role(swarms, second)], [[1, 0, 1], 'true false'], 'it may leave one')
    swarms.put('a', first, 'seeder', heard(6, 0, 7))
    t.same(counts(swarms), [1, 0, 1], 'and come back')
    swarms.put('a', first, 'seeder', heard(7, 0, 8))
    t.same(counts(swarms), [2, 0, 2], 'or be another client')
    swarms.put('a', first, 'leecher', heard(8, 5, 7))
    t.same(counts(swarms), [0, 1, 1])
    swarms.expire(66)
    t.same(
      [counts(swarms), told(swarms).filter((peers) => peers !== '')],
      [[0, 1, 1], [first.toString('hex')]],
      'of which one address is silent'
    )
    swarms.expire(1000)
    t.same([swarms.find('a'), swarms.peers], [undefined, 0])
    for (let i = 0; i < 40; i++) swarms.put('a', at('192.0.2.1', 1000 + i), 'leecher', heard(1000, 0, i + 1))
    t.equal(swarms.peers, 32, 'nothing of it is left in what is counted for the limits')
  }
})

t.test('who leaves both addresses has got once what it had got', async (t) => {
  const swarms = new Swarms(60)
  for (const address of ['192.0.2.1', '2001:db8::1']) swarms.put('a', at(address), 'leecher', heard(0, 1000, 7))
  for (const address of ['192.0.2.1', '2001:db8::1']) swarms.delete('a', at(address), 250)
  t.same([swarms.downloadedBytes, swarms.peers], [750, 0])
})

t.test('who says the client of another, or the same as many, hides nobody', async (t) => {
  const swarms = new Swarms(60)
  swarms.put('a', at('192.0.2.1'), 'seeder', heard(0, 0, 7))
  swarms.put('a', at('192.0.2.2'), 'leecher', heard(0, 9, 7))
  t.same(
    [counts(swarms), role(swarms, at('192.0.2.1'))],
    [[1, 1, 2], 'true false'],
    'two addresses of one family are two peers'
  )
  for (let i = 0; i < 20; i++) swarms.put('a', at(`2001:db8:${i}::1`), 'leecher', heard(0, 9, 7))
  t.equal(swarms.find('a')?.count('leecher', { family: 16, scope: SCOPE.everywhere }) ?? 0, 20)
  t.equal((swarms.find('a')?.size ?? 0) - swarms.peers, 1, 'one pair at most')
  for (const address of ['192.0.2.1', '192.0.2.2']) {
    t.not(role(swarms, at(address)), 'false false', `${address} is told of`)
  }
  for (let i = 0; i < 20; i++) swarms.delete('a', at(`2001:db8:${i}::1`), 0)
  t.equal(swarms.peers, 2, 'nor does anybody go with them')
  for (let i = 0; i < 9; i++) swarms.put('a', at(`2001:db8:${i}::1`), 'leecher', heard(0, 9))
  t.equal(swarms.peers, 11, 'of who has no key nothing is known')
})

t.test('an address is told of where it is good', async (t) => {
  const swarms = new Swarms(60)
  const addresses = { machine: '127.0.0.1', link: '169.254.1.1', site: '10.0.0.1', everywhere: '192.0.2.1' }
  const six = { machine: '::1', link: 'fe80::1', site: 'fd00::1', everywhere: '2001:db8::1' }
  for (const address of [...Object.values(addresses), ...Object.values(six)]) {
    swarms.put('a', at(address), 'seeder', heard(0))
  }
  for (const [family, byScope] of [[4, addresses], [16, six]] as const) {
    const scopes = Object.keys(byScope) as Array<keyof typeof SCOPE>
    for (const [i, scope] of scopes.entries()) {
      const asker = { family, scope: SCOPE[scope] }
      const right = scopes.slice(i).map((each) => at(byScope[each]).toString('hex')).sort()
      const sample = swarms.find('a')?.sample(9, asker, 'leecher', Buffer.alloc(0)).toString('hex') ?? ''
      t.same(sample.match(family === 4 ? /.{12}/g : /.{36}/g)?.sort(), right, `who asks of ${scope}`)
      t.equal(swarms.find('a')?.count('seeder', asker), right.length)
    }
  }
})
