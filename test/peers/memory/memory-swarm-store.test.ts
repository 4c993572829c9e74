import t from 'tap'
import type { Test } from 'tap'
import { MemorySwarmStore } from '../../../src/peers/memory/memory-swarm-store.js'
import { InfoHash } from '../../../src/torrent/info-hash.js'
import { swarmStoreConformance } from '../conformance.js'
import { Swarmed, UNKNOWN } from '../swarmed.js'
import type { SwarmStoreUnderTest } from '../swarmed.js'

const SILENCE = 60

async function make (t: Test, silence = SILENCE): Promise<SwarmStoreUnderTest> {
  let now = 0
  const store = new MemorySwarmStore({ silence, now: () => now })
  t.teardown(() => store.close())
  return {
    store,
    status: store,
    pass: async (seconds) => {
      now += seconds
      store.expire()
    }
  }
}

swarmStoreConformance(t, make)

t.test('a peer over a limit is not remembered, and answered all the same', async (t) => {
  for (const [name, address] of [
    ['IPv4', () => '192.0.2.1'], ['IPv6', (i: number) => `2001:db8::${(i + 1).toString(16)}`]
  ] as const) {
    const swarm = new Swarmed(await make(t))
    for (let i = 0; i < 40; i++) await swarm.announce(address(i), { port: 1000 + i, left: i % 2 })
    t.same(await swarm.counts(), [16, 16, 32], `${name}: 32 of an address in a swarm`)
    t.match(await swarm.announce(address(39), { port: 1039 }), { complete: 16, incomplete: 16, told: { length: 32 } })
    await swarm.announce(address(0), { port: 1000 })
    t.same(await swarm.counts(), [15, 17, 32], 'whoever is in it may change its role')
    await swarm.announce(address(1), { port: 1001, event: 'stopped' })
    await swarm.announce(address(50), { port: 5000, left: 0 })
    t.same(await swarm.counts(), [16, 16, 32], 'a place that gets free is given again')
    for (let i = 0; i < 2_100; i++) await swarm.announce(address(i), { infoHash: infoHashOf(i) })
    t.equal((await swarm.counts())[2], 2_000, `${name}: 2,000 of an address`)
    t.equal(swarm.status.swarms, 1_969, 'and no swarm without a peer')
    await swarm.pass(1000)
    await swarm.announce(address(0))
    t.same(await swarm.counts(), [0, 1, 1], 'all of that is given back')
  }
  const swarm = new Swarmed(await make(t))
  for (let i = 0; i < 20_010; i++) {
    await swarm.announce(`10.${i >> 16}.${i >> 8 & 255}.${i & 255}`, { numwant: 0 })
  }
  t.same(await swarm.counts(), [0, 20_000, 20_000], '20,000 in a swarm')
})

t.test('clients of two addresses leave nothing in what is counted for the limits', async (t) => {
  const swarm = new Swarmed(await make(t))
  for (const address of ['192.0.2.1', '2001:db8::1']) await swarm.announce(address, { client: 7 })
  await swarm.announce('192.0.2.1', { client: 8, left: 0 })
  await swarm.pass(1000)
  for (let i = 0; i < 40; i++) await swarm.announce('192.0.2.1', { port: 1000 + i, client: i + 1 })
  t.same(await swarm.counts(), [0, 32, 32])
})

t.test('how often it was downloaded is forgotten with the last peer', async (t) => {
  const swarm = new Swarmed(await make(t))
  await swarm.announce('192.0.2.1')
  await swarm.announce('192.0.2.1', { left: 0, event: 'completed' })
  t.equal((await swarm.announce('192.0.2.2')).downloaded, 1)
  await swarm.announce('192.0.2.2', { event: 'stopped' })
  t.match(await swarm.announce('192.0.2.1', { left: 0, event: 'stopped' }), { complete: 0, downloaded: 0 })
  t.match(await swarm.announce('192.0.2.2', { event: 'stopped', infoHash: UNKNOWN }), { downloaded: 0 })
  t.equal((await swarm.announce('192.0.2.2')).downloaded, 0)
})

t.test('the silent are forgotten without being asked for', async (t) => {
  let now = 0
  const store = new MemorySwarmStore({ silence: 0.002, now: () => now })
  t.teardown(() => store.close())
  const swarm = new Swarmed({ store, status: store, pass: async () => {} })
  await swarm.announce('192.0.2.1')
  now = 1
  for (let turns = 0; turns < 5_000 && store.swarms > 0; turns++) await new Promise((resolve) => setTimeout(resolve, 1))
  t.equal(store.swarms, 0)
})

function infoHashOf (i: number): InfoHash {
  return InfoHash.ofHex(i.toString(16).padStart(40, '0'))
}
