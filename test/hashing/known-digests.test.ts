import t from 'tap'
import { KnownDigests } from '../../src/hashing/known-digests.js'
import type { DigestStore, KeptDigests } from '../../src/store/digest-store.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { identityFor } from '../store/conformance.js'

/** A store that has the digests of so many pieces of every object, makes them anew for each question, and counts. */
function storeOf (pieces: number): { store: DigestStore, asked: () => number } {
  let asked = 0
  const get = async (): Promise<KeptDigests> => {
    asked++
    return { is: 'whole', digests: PieceDigests.of(Buffer.alloc(pieces * 20, asked), 1) }
  }
  return { store: { get, put: async () => {}, finish: async () => {} }, asked: () => asked }
}

const digestsOf = (kept: KeptDigests): PieceDigests | undefined => kept.is === 'whole' ? kept.digests : undefined

t.test('many digests are in memory once for all who have them', async (t) => {
  const { store, asked } = storeOf(10_000)
  const known = new KnownDigests()
  const identity = identityFor('large', 10_000)
  const [first, together] = await Promise.all([known.get(store, identity), known.get(store, identity)])
  const later = await known.get(store, identity)
  t.equal(digestsOf(together), digestsOf(first))
  t.equal(digestsOf(later), digestsOf(first))
  t.equal(asked(), 1)
  t.not(digestsOf(await known.get(store, identityFor('other', 10_000))), digestsOf(first))
})

t.test('few are asked for again, though once for all who come meanwhile', async (t) => {
  const { store, asked } = storeOf(10)
  const known = new KnownDigests()
  const identity = identityFor('small', 10)
  await Promise.all([known.get(store, identity), known.get(store, identity)])
  t.equal(asked(), 1)
  await known.get(store, identity)
  t.equal(asked(), 2)
})
