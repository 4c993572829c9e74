import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Seedings } from '../../../src/swarm/seeder/seedings.js'
import { WrongPiece } from '../../../src/swarm/seeder/seeded-torrent.js'
import type { SeededPeer } from '../../../src/swarm/seeder/seedings.js'
import { digestsFor, finished, identityFor } from '../../store/conformance.js'
import { SlowStore } from '../../store/slow-store.js'
import { KnownManifests } from '../../../src/store/known-manifests.js'
import { infoFieldsOf, infoHashesOf } from '../../../src/torrent/torrent.js'

const HEX = infoHashesOf(infoFieldsOf(identityFor('film')), digestsFor('film')).v1?.hex ?? ''

/** A peer that counts how often it was closed. */
function somePeer (): SeededPeer & { go (): void } {
  const gone = new AbortController()
  return { closed: gone.signal, close: () => gone.abort(), go: () => gone.abort() }
}

/** The seedings of one public object. */
async function seeding () {
  const store = new SlowStore()
  const identity = await finished(store, 'film')
  const torrent = { identity, object: { bucket: identity.bucket, key: identity.key } }
  const errors: string[] = []
  const seedings = new Seedings({
    torrents: { find: async () => torrent },
    access: { anonymousRequester: () => ({ keyPair: undefined, requestPayer: false }) },
    store,
    manifests: new KnownManifests(store),
    delivery: { chunk: () => Promise.reject(new Error('nothing is read')), forget: () => {} },
    log: { error: (_, message) => { errors.push(message) }, warn: (_, message) => { errors.push(message) } }
  })
  return { store, seedings, torrent, errors, opened: () => store.asked.filter((method) => method === 'get').length }
}

t.test('a seeding begins once, even if peers come while the store answers, and ends with its last peer', async (t) => {
  const { store, seedings, opened } = await seeding()
  const peers = [somePeer(), somePeer(), somePeer()]
  store.hold('get')
  const opening = peers.slice(0, 2).map((peer) => seedings.open(HEX, peer))
  await turn()
  store.letGo()
  const [first, second] = await Promise.all(opening)
  t.ok(first)
  t.equal(second, first, 'one torrent, whose pieces are checked once')
  t.equal(opened(), 1)
  peers[0]?.go()
  t.equal(await seedings.open(HEX, peers[2] ?? somePeer()), first)
  t.equal(opened(), 1)
  for (const peer of peers) peer.go()
  t.not(await seedings.open(HEX, somePeer()), first)
  t.equal(opened(), 2, 'it had ended')
})

t.test('peers that go while the store answers leave no seeding behind', async (t) => {
  const { store, seedings, opened } = await seeding()
  const peers = [somePeer(), somePeer()]
  store.hold('get')
  const opening = peers.map((peer) => seedings.open(HEX, peer))
  await turn()
  for (const peer of peers) peer.go()
  store.letGo()
  t.strictSame(await Promise.all(opening), [undefined, undefined])
  t.ok(await seedings.open(HEX, somePeer()))
  t.equal(opened(), 2)
})

t.test('what is not kept whole, or was found to be broken, is not seeded', async (t) => {
  const { store, seedings, torrent, errors } = await seeding()
  const peer = somePeer()
  t.ok(await seedings.open(HEX, peer))
  seedings.failed(HEX, new WrongPiece('piece 1 is not what was hashed'))
  t.ok(peer.closed.aborted)
  t.equal(errors.length, 1)
  t.equal(seedings.isSeedable(HEX, torrent), false)
  t.equal(await seedings.open(HEX, somePeer()), undefined)
  const other = { ...torrent, identity: identityFor('part') }
  await store.put(other.identity, { firstPiece: 0, digests: digestsFor('part') })
  const elsewhere = new Seedings({
    torrents: { find: async () => other },
    access: { anonymousRequester: () => ({ keyPair: undefined, requestPayer: false }) },
    store,
    manifests: new KnownManifests(store),
    delivery: { chunk: () => Promise.reject(new Error('nothing is read')), forget: () => {} },
    log: { error: () => {}, warn: () => {} }
  })
  t.equal(await elsewhere.open(HEX, somePeer()), undefined)
})
