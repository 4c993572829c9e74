import type { Test } from 'tap'
import { INFO_HASH, OTHER, Swarmed, UNKNOWN, addressOf } from './swarmed.js'
import type { SwarmStoreUnderTest } from './swarmed.js'

/** Makes an empty store, closed with the test. @param silence seconds after which a silent peer is forgotten */
export type MakeSwarmStore = (t: Test, silence: number) => Promise<SwarmStoreUnderTest>

const SILENCE = 60

/** Every store of peers passes these tests; test/peers/<implementation> calls them. */
export function swarmStoreConformance (t: Test, make: MakeSwarmStore): void {
  const swarmed = async (t: Test): Promise<Swarmed> => new Swarmed(await make(t, SILENCE))

  t.test('a peer is in a swarm once, in one role', async (t) => {
    const swarm = await swarmed(t)
    for (const left of [9, 9]) await swarm.announce('192.0.2.1', { left })
    t.same(await swarm.counts(), [0, 1, 1])
    await swarm.announce('192.0.2.1', { left: 0 })
    t.same(await swarm.counts(), [1, 0, 1])
    await swarm.announce('2001:db8::1')
    await swarm.announce('192.0.2.1', { infoHash: OTHER })
    t.same([await swarm.counts(), await swarm.counts(OTHER), swarm.status.swarms], [[1, 1, 3], [0, 1, 3], 2])
    await swarm.announce('192.0.2.1', { port: 1001, event: 'stopped' })
    await swarm.announce('192.0.2.1', { infoHash: UNKNOWN, event: 'stopped' })
    t.same([await swarm.counts(), swarm.status.swarms], [[1, 1, 3], 2], 'whoever is not there does not leave')
    await swarm.announce('192.0.2.1', { event: 'stopped' })
    await swarm.store.forget(OTHER)
    t.same([await swarm.counts(), await swarm.counts(OTHER)], [[0, 1, 1], [0, 0, 1]])
    await swarm.announce('2001:db8::1', { event: 'stopped' })
    t.same([await swarm.counts(), swarm.status.swarms], [[0, 0, 0], 0], 'nothing is kept of what nobody shares')
    await swarm.store.forget(UNKNOWN)
  })

  t.test('whoever is silent is forgotten', async (t) => {
    const swarm = await swarmed(t)
    await swarm.announce('192.0.2.1')
    await swarm.pass(10)
    await swarm.announce('192.0.2.2', { left: 0 })
    await swarm.pass(SILENCE - 10)
    t.same(await swarm.counts(), [1, 1, 2])
    await swarm.pass(1)
    t.same(await swarm.counts(), [1, 0, 1])
    await swarm.announce('192.0.2.2', { left: 0 })
    await swarm.pass(SILENCE - 1)
    t.same(await swarm.counts(), [1, 0, 1], 'heard of again')
    await swarm.pass(SILENCE)
    t.same([await swarm.counts(), swarm.status.swarms], [[0, 0, 0], 0])
  })

  t.test('which peers are told, and how many', async (t) => {
    const swarm = await swarmed(t)
    const seeders = Array.from({ length: 9 }, (_, i) => `192.0.2.${i + 1}`)
    const leechers = Array.from({ length: 9 }, (_, i) => `198.51.100.${i + 1}`)
    for (const address of seeders) await swarm.announce(address, { left: 0 })
    for (const address of leechers) await swarm.announce(address)
    const [seeder = '', leecher = ''] = [seeders[0], leechers[0]]
    const kinds = async (from: string, left: number, numwant: number): Promise<[number, number]> => {
      const { told } = await swarm.announce(from, { left, numwant })
      t.equal(new Set(told).size, told.length, 'each once')
      t.notOk(told.includes(from), 'and never the announcer')
      return [told.filter((address) => seeders.includes(address)).length, told.filter(
        (address) => leechers.includes(address)
      ).length]
    }
    for (let i = 0; i < 20; i++) {
      t.same(await kinds(leecher, 9, 6), [3, 3], 'a leecher: half of them seeders')
      t.same(await kinds(leecher, 9, 50), [9, 8], 'all, where more are wanted')
      t.same(await kinds(seeder, 0, 6), [0, 6], 'a seeder: leechers')
      t.same(await kinds(seeder, 0, 12), [3, 9], 'then seeders')
      t.same(await kinds(seeder, 0, 0), [0, 0])
    }
    const { complete, incomplete, peers } = await swarm.announce(seeder, { left: 0, event: 'stopped' })
    t.same([complete, incomplete, peers.length], [8, 9, 0], 'none for a peer that leaves')
    const seen = new Set<string>()
    for (let i = 0; i < 200 && seen.size < 8; i++) {
      for (const address of (await swarm.announce(leecher, { numwant: 1 })).told) seen.add(address)
    }
    t.equal(seen.size, 8, 'every seeder has its turn')
  })

  t.test('an answer is the caller\'s own', async (t) => {
    const swarm = await swarmed(t)
    await swarm.announce('192.0.2.1', { left: 0 })
    const { peers } = await swarm.announce('192.0.2.2')
    await swarm.announce('192.0.2.1', { left: 0, event: 'stopped' })
    await swarm.announce('192.0.2.3', { left: 0 })
    t.equal(peers.toString('hex'), 'c000020103e8', 'no later announce changes it')
    peers.fill(0)
    t.same(await swarm.told(), [['192.0.2.2', '192.0.2.3'], []], 'nor does it change the swarm')
  })

  t.test('clients that complete', async (t) => {
    const swarm = await swarmed(t)
    const downloaded = async (): Promise<number> => (await swarm.store.scrape(INFO_HASH)).downloaded
    await swarm.announce('192.0.2.1', { left: 0, event: 'completed' })
    t.equal(await downloaded(), 0, 'it had everything when it came')
    await swarm.announce('192.0.2.2', { left: 9, event: 'started' })
    t.equal((await swarm.announce('192.0.2.2', { left: 0, event: 'completed' })).downloaded, 1)
    await swarm.announce('192.0.2.2', { left: 0, event: 'completed' })
    t.equal(await downloaded(), 1, 'once')
    t.equal((await swarm.store.scrape(UNKNOWN)).downloaded, 0)
  })

  t.test('what peers have got, by their own account', async (t) => {
    const swarm = await swarmed(t)
    const { status } = swarm
    const [first, second] = ['192.0.2.1', '192.0.2.2']
    await swarm.announce(first, { left: 1000 })
    t.equal(status.downloadedBytes, 0)
    for (const left of [400, 400]) await swarm.announce(first, { left })
    t.equal(status.downloadedBytes, 600)
    await swarm.announce(second, { left: 0 })
    t.equal(status.downloadedBytes, 600, 'whoever comes with everything has got nothing here')
    await swarm.announce(first, { left: 0 })
    t.equal(status.downloadedBytes, 1000, 'also when it becomes a seeder')
    await swarm.announce(second, { left: 1000 })
    t.equal(status.downloadedBytes, 1000, 'whoever lacks more than before has lost it')
    await swarm.announce(second, { left: 250, event: 'stopped' })
    t.equal(status.downloadedBytes, 1750, 'also as it goes')
    t.same([status.swarms, status.peers], [1, { seeders: 1, leechers: 0 }])
  })

  t.test('an address is told of where it is good', async (t) => {
    const swarm = await swarmed(t)
    const scopes = [
      ['127.0.0.1', '169.254.1.1', '10.0.0.1', '192.0.2.1'], ['::1', 'fe80::1', 'fd00::1', '2001:db8::1']
    ]
    for (const address of scopes.flat()) await swarm.announce(address, { left: 0 })
    for (const addresses of scopes) {
      for (const [i, own] of addresses.entries()) {
        const right = addresses.slice(i)
        const { complete, told } = await swarm.announce(own, { left: 0 })
        t.same(told.sort(), right.slice(1).sort(), own)
        t.equal(complete, right.length, 'and counted')
        t.equal((await swarm.store.scrape(INFO_HASH, addressOf(own))).complete, right.length, 'by a scrape too')
      }
    }
    t.equal((await swarm.store.scrape(INFO_HASH)).complete, 8, 'a scrape of nobody counts all')
  })
  testTwoFamilies(t, swarmed)
  testRaces(t, swarmed)
}

function testTwoFamilies (t: Test, swarmed: (t: Test) => Promise<Swarmed>): void {
  t.test('a client with an IPv4 and an IPv6 address is told of at both, and counts once', async (t) => {
    const [four, six] = ['192.0.2.1', '2001:db8::1']
    for (const [first, second] of [[four, six], [six, four]] as const) {
      const swarm = await swarmed(t)
      const both = [[four], [six]]
      await swarm.announce(first, { left: 1000, client: 7 })
      await swarm.announce(second, { left: 1000, client: 7 })
      t.same([await swarm.counts(), await swarm.told()], [[0, 1, 1], both])
      t.same(await swarm.rolesByFamily(), ['0 1', '0 1'], 'to askers of either family it is one')
      await swarm.announce(first, { left: 400, client: 7 })
      await swarm.announce(second, { left: 400, client: 7 })
      t.equal(swarm.status.downloadedBytes, 600, 'and so is what it has got')
      await swarm.announce(second, { left: 0, client: 7, event: 'completed' })
      t.same(
        [await swarm.counts(), await swarm.rolesByFamily(), await swarm.told(), swarm.status.downloadedBytes],
        [[1, 0, 1], ['1 0', '1 0'], both, 1000],
        'what it says at one address it is at the other'
      )
      await swarm.announce(first, { left: 0, client: 7, event: 'completed' })
      t.same([await swarm.counts(), swarm.status.downloadedBytes], [[1, 0, 1], 1000])
      t.equal((await swarm.store.scrape(INFO_HASH)).downloaded, 1, 'it completes once')
      await swarm.announce('2001:db8::2', { left: 0, client: 7 })
      t.same(await swarm.counts(), [2, 0, 2], 'a third address counts')
      await swarm.announce('2001:db8::2', { left: 0, client: 7, event: 'stopped' })
      await swarm.announce(first, { left: 0, client: 7, event: 'stopped' })
      t.same(await swarm.counts(), [1, 0, 1], 'it may leave one')
      await swarm.announce(first, { left: 0, client: 7 })
      t.same(await swarm.counts(), [1, 0, 1], 'and come back')
      await swarm.announce(first, { left: 0, client: 8 })
      t.same(await swarm.counts(), [2, 0, 2], 'or be another client')
      await swarm.pass(1)
      await swarm.announce(first, { left: 5, client: 7 })
      t.same(await swarm.counts(), [0, 1, 1])
      await swarm.pass(SILENCE)
      t.same(
        [await swarm.counts(), (await swarm.told()).flat()], [[0, 1, 1], [first]], 'of which one address is silent'
      )
    }
  })

  t.test('whoever leaves both addresses has got once what it had got', async (t) => {
    const swarm = await swarmed(t)
    for (const address of ['192.0.2.1', '2001:db8::1']) await swarm.announce(address, { left: 1000, client: 7 })
    for (const address of ['192.0.2.1', '2001:db8::1']) {
      await swarm.announce(address, { left: 250, client: 7, event: 'stopped' })
    }
    t.same([swarm.status.downloadedBytes, await swarm.counts()], [750, [0, 0, 0]])
  })

  t.test('whoever says the client of another, or the same as many, hides nobody', async (t) => {
    const swarm = await swarmed(t)
    await swarm.announce('192.0.2.1', { left: 0, client: 7 })
    await swarm.announce('192.0.2.2', { left: 9, client: 7 })
    t.same(await swarm.counts(), [1, 1, 2], 'two addresses of one family are two peers')
    const others = Array.from({ length: 20 }, (_, i) => `2001:db8:${i}::1`)
    for (const address of others) await swarm.announce(address, { client: 7 })
    t.match(await swarm.store.scrape(INFO_HASH, addressOf('2001:db8::9')), { complete: 0, incomplete: 20 })
    t.equal((await swarm.counts())[2], 21, 'one pair at most')
    t.same((await swarm.told())[0], ['192.0.2.1', '192.0.2.2'], 'both are told of')
    for (const address of others) await swarm.announce(address, { client: 7, event: 'stopped' })
    t.equal((await swarm.counts())[2], 2, 'nor does anybody go with them')
    for (const address of others) await swarm.announce(address)
    t.equal((await swarm.counts())[2], 22, 'where the client is not known, each is one')
  })
}

function testRaces (t: Test, swarmed: (t: Test) => Promise<Swarmed>): void {
  t.test('one peer announces itself twice at once', async (t) => {
    const swarm = await swarmed(t)
    await Promise.all([swarm.announce('192.0.2.1'), swarm.announce('192.0.2.1')])
    t.same(await swarm.counts(), [0, 1, 1])
    const both = await Promise.all([
      swarm.announce('192.0.2.1', { left: 0, event: 'completed' }),
      swarm.announce('192.0.2.1', { left: 0, event: 'completed' })
    ])
    t.same(both.map(({ downloaded }) => downloaded), [1, 1], 'it completes once')
    t.same([await swarm.counts(), swarm.status.downloadedBytes], [[1, 0, 1], 9])
  })

  t.test('announces that wait take effect in the order of the calls', async (t) => {
    const swarm = await swarmed(t)
    await Promise.all([swarm.announce('192.0.2.1'), swarm.announce('192.0.2.1', { event: 'stopped' })])
    t.same(await swarm.counts(), [0, 0, 0], 'it came, and left')
    await Promise.all([
      swarm.announce('192.0.2.1'), swarm.announce('192.0.2.1', { event: 'stopped' }), swarm.announce('192.0.2.1')
    ])
    t.same(await swarm.counts(), [0, 1, 1], 'and came back')
    const answers = await Promise.all(Array.from({ length: 9 }, (_, i) => swarm.announce(`198.51.100.${i}`)))
    t.same(answers.map(({ incomplete }) => incomplete), [2, 3, 4, 5, 6, 7, 8, 9, 10], 'each sees those before it')
  })

  t.test('an expiry, or the end of a swarm, between announces', async (t) => {
    const swarm = await swarmed(t)
    await swarm.announce('192.0.2.1', { left: 9 })
    await swarm.announce('192.0.2.2', { left: 9 })
    const [, , { downloaded }] = await Promise.all([
      swarm.announce('192.0.2.1', { left: 9 }),
      swarm.pass(SILENCE + 1),
      swarm.announce('192.0.2.3', { left: 0, event: 'completed' })
    ])
    t.equal(downloaded, 0)
    const [complete = 0, incomplete = 0, all] = await swarm.counts()
    t.ok(complete === 1 && incomplete <= 1 && all === complete + incomplete, `${complete} and ${incomplete} of ${all}`)
    await Promise.all([
      swarm.announce('192.0.2.4'), swarm.store.forget(INFO_HASH), swarm.announce('192.0.2.5'),
      swarm.announce('192.0.2.6', { event: 'stopped' })
    ])
    t.same(await swarm.told(), [['192.0.2.5'], []], 'what comes after the end is a swarm of its own')
    t.same(await swarm.counts(), [0, 1, 1])
  })
}
