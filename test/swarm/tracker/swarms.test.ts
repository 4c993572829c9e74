import t from 'tap'
import { addressBytes, compactEndpoint } from '../../../src/net/endpoint.js'
import { Swarms } from '../../../src/swarm/tracker/swarms.js'

const at = (address: string, port = 1000): Buffer => compactEndpoint(addressBytes(address) ?? Buffer.alloc(4), port)
const counts = (swarms: Swarms, infoHash = 'a'): number[] => [swarms.find(infoHash)?.count('seeder') ?? 0, swarms.find(infoHash)?.count('leecher') ?? 0, swarms.peers]

t.test('a peer is in a swarm once, in one role', async (t) => {
  const swarms = new Swarms(60)
  swarms.put('a', at('192.0.2.1'), 'leecher', 0, 0)
  swarms.put('a', at('192.0.2.1'), 'leecher', 1, 0)
  t.same(counts(swarms), [0, 1, 1])
  swarms.put('a', at('192.0.2.1'), 'seeder', 2, 0)
  t.same(counts(swarms), [1, 0, 1])
  swarms.put('a', at('2001:db8::1'), 'leecher', 2, 0)
  swarms.put('b', at('192.0.2.1'), 'leecher', 2, 0)
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
  swarms.put('a', at('192.0.2.1'), 'leecher', 0, 0)
  swarms.put('a', at('192.0.2.2'), 'seeder', 10, 0)
  swarms.expire(60)
  t.same(counts(swarms), [1, 1, 2])
  swarms.expire(61)
  t.same(counts(swarms), [1, 0, 1])
  swarms.put('a', at('192.0.2.2'), 'seeder', 65, 0)
  swarms.expire(80)
  t.same(counts(swarms), [1, 0, 1], 'heard of again')
  swarms.expire(1000)
  t.same([swarms.find('a'), swarms.peers], [undefined, 0])
})

t.test('what is over a limit is not remembered', async (t) => {
  for (const [name, address] of [['IPv4', () => '192.0.2.1'], ['IPv6', (i: number) => `2001:db8::${(i + 1).toString(16)}`]] as const) {
    const swarms = new Swarms(60)
    for (let i = 0; i < 40; i++) swarms.put('a', at(address(i), 1000 + i), i % 2 === 0 ? 'seeder' : 'leecher', 0, 0)
    t.same(counts(swarms), [16, 16, 32], `${name}: 32 of an address in a swarm`)
    swarms.put('a', at(address(0), 1000), 'leecher', 1, 0)
    t.same(counts(swarms), [15, 17, 32], 'who is in it may change its role')
    swarms.delete('a', at(address(1), 1001), 0)
    swarms.put('a', at(address(50), 5000), 'seeder', 1, 0)
    t.same(counts(swarms), [16, 16, 32], 'a place that gets free is given again')
    for (let i = 0; i < 2_100; i++) swarms.put(`torrent ${i}`, at(address(i), 1000), 'leecher', 0, 0)
    t.equal(swarms.peers, 2_000, `${name}: 2,000 of an address`)
    t.equal(swarms.find('torrent 2099'), undefined, 'and no swarm without a peer')
    swarms.expire(1000)
    swarms.put('a', at(address(0)), 'leecher', 1000, 0)
    t.equal(swarms.peers, 1, 'all of that is given back')
  }
  const swarms = new Swarms(60)
  for (let i = 0; i < 20_010; i++) swarms.put('a', at(`10.${i >> 16}.${i >> 8 & 255}.${i & 255}`), 'leecher', 0, 0)
  t.same(counts(swarms), [0, 20_000, 20_000], '20,000 in a swarm')
})

t.test('what peers have got, by their own account', async (t) => {
  const swarms = new Swarms(60)
  const [first, second] = [at('192.0.2.1'), at('192.0.2.2')]
  swarms.put('a', first, 'leecher', 0, 1000)
  t.equal(swarms.downloadedBytes, 0)
  swarms.put('a', first, 'leecher', 1, 400)
  swarms.put('a', first, 'leecher', 2, 400)
  t.equal(swarms.downloadedBytes, 600)
  swarms.put('a', second, 'seeder', 3, 0)
  t.equal(swarms.downloadedBytes, 600, 'who comes with everything has got nothing here')
  swarms.put('a', first, 'seeder', 4, 0)
  t.equal(swarms.downloadedBytes, 1000, 'also when it becomes a seeder')
  swarms.put('a', second, 'leecher', 5, 1000)
  t.equal(swarms.downloadedBytes, 1000, 'who lacks more than before has lost it')
  swarms.delete('a', second, 250)
  t.equal(swarms.downloadedBytes, 1750, 'also as it goes')
  t.same([swarms.size, swarms.count('seeder'), swarms.count('leecher')], [1, 1, 0])
})
