import { createHash } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'
import { hashObject } from '../../src/hashing/hash-object.js'
import type { HashTarget } from '../../src/hashing/hash-object.js'
import { Hasher } from '../../src/hashing/hasher.js'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { MemoryStore } from '../../src/store/memory/memory-store.js'
import { identityOf } from '../../src/torrent/identity.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { FaultyOrigin } from '../support/faulty-origin.js'
import { contentAt } from '../support/content.js'
import { until } from '../support/until.js'

const PIECE = 16_384
const SIZE = 10 * PIECE + 1
const never = new AbortController().signal

/** A store that answers a little later, as one over a network does, and counts what it is asked. */
class LateStore extends MemoryStore {
  asked = 0
  readonly #answers: Array<() => void> = []

  override async get (...args: Parameters<MemoryStore['get']>): ReturnType<MemoryStore['get']> {
    this.asked++
    await new Promise<void>((resolve) => { this.#answers.push(resolve) })
    return super.get(...args)
  }

  /** Lets all answers go. */
  answer (): void {
    for (const go of this.#answers.splice(0)) go()
  }
}

async function scene (t: Test) {
  const store = await startFaultyOrigin(t)
  store.put('bkt', 'film.bin', { size: SIZE, seed: 7 })
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  const hasher = new Hasher(
    { threads: 1, readsPerObject: 2, reads: 2, maxJobs: 2, maxQueue: 2, graceMs: 0 }, (error) => t.error(error)
  )
  t.teardown(async () => {
    await hasher.close()
    await origin.close()
  })
  const object = { bucket: 'bkt', key: 'film.bin' }
  const keyPair = { accessKeyId: 'ALICE', secretAccessKey: 'secret' }
  const requester = { keyPair, requestPayer: false }
  const head = await origin.head(object, requester, never)
  const identity = identityOf(origin.name, { pieceLength: PIECE, metaVersion: 1, xAmzInfo: false }, object, head)
  return { origin, hasher, store, target: { object, requester, head, identity } satisfies HashTarget }
}

/** GETs of the object that the store has seen. */
const reads = ({ requests }: FaultyOrigin): number => requests.filter(({ method }) => method === 'GET').length
const digestOf = (piece: number): Buffer => {
  const at = piece * PIECE
  return createHash('sha1').update(contentAt(7, at, Math.min(PIECE, SIZE - at))).digest()
}
const pieces = (first: number, end: number): PieceDigests =>
  PieceDigests.of(Buffer.concat(Array.from({ length: end - first }, (_, i) => digestOf(first + i))), 1)

const ALL = pieces(0, 11)

t.test('what is kept is neither read nor hashed again', async (t) => {
  const { origin, hasher, store, target } = await scene(t)
  const kept = new MemoryStore({ maxBytes: 2 ** 20 })
  const counted: string[] = []
  const parts = { origin, hasher, store: kept, counted: (source: string) => { counted.push(source) } }
  t.same(await (await hashObject(parts, target, {}, never)).whole(), ALL)
  const before = reads(store)
  const told: Array<[number, number]> = []
  const again = await hashObject(parts, target, { onProgress: (...now) => told.push(now) }, never)
  t.same(again.stored, ALL)
  t.same(await again.whole(), ALL)
  t.equal(reads(store), before)
  t.strictSame(told, [[SIZE, SIZE]])
  t.strictSame(counted, ['hashed', 'stored'])
})

t.test('all who come while a slow store answers share one question and one job', async (t) => {
  const { origin, hasher, store, target } = await scene(t)
  const late = new LateStore({ maxBytes: 2 ** 20 })
  const parts = { origin, hasher, store: late }
  const asking = Array.from({ length: 5 }, () => hashObject(parts, target, {}, never))
  await until('the store is asked', () => late.asked > 0)
  late.answer()
  const hashed = await Promise.all(asking)
  for (const one of hashed) t.same(await one.whole(), ALL)
  t.equal(late.asked, 1)
  t.strictSame(hashed.map(({ source }) => source), ['hashed', 'joined', 'joined', 'joined', 'joined'])
  t.equal(hasher.counts.jobs, 1)
  t.equal(hasher.counts.bytes, SIZE, 'each piece is hashed once')
  t.ok(reads(store) > 0)
})

t.test('a job goes on from what is kept, and tells each follower how far it is', async (t) => {
  const { origin, hasher, target } = await scene(t)
  const kept = new MemoryStore({ maxBytes: 2 ** 20 })
  await kept.put(target.identity, { firstPiece: 2, digests: pieces(2, 6) })
  const parts = { origin, hasher, store: kept }
  const [told, joined]: Array<Array<[number, number]>> = [[], []]
  const hashing = hashObject(parts, target, { onProgress: (...now) => told?.push(now) }, never)
  const other = hashObject(parts, target, { onProgress: (...now) => joined?.push(now) }, never)
  t.same(await (await hashing).whole(), ALL)
  t.same(await (await other).whole(), ALL)
  t.strictSame(told?.[0], [4 * PIECE, 4 * PIECE])
  for (const list of [told, joined]) {
    t.strictSame(list?.at(-1), [SIZE, 4 * PIECE])
    t.same(list, list?.toSorted(([a], [b]) => a - b), 'it never goes back')
  }
  t.equal(hasher.counts.bytes, SIZE - 4 * PIECE)
})

t.test('without a store nothing is known and nothing is kept', async (t) => {
  const { origin, hasher, target } = await scene(t)
  for (const source of ['hashed', 'hashed']) {
    const hashed = await hashObject({ origin, hasher }, target, {}, never)
    t.equal(hashed.source, source)
    t.same(await hashed.whole(), ALL)
  }
})

t.test('a requester who leaves while the store is asked begins no job', async (t) => {
  const { origin, hasher, target } = await scene(t)
  const late = new LateStore({ maxBytes: 2 ** 20 })
  const leaving = new AbortController()
  const asking = hashObject({ origin, hasher, store: late }, target, {}, leaving.signal)
  await until('the store is asked', () => late.asked > 0)
  leaving.abort(new Error('gone'))
  late.answer()
  await t.rejects(asking, { message: 'gone' })
  t.equal(hasher.counts.jobs, 0)
})

t.test('an object that changes before the first byte asks for another try', async (t) => {
  const { origin, hasher, store, target } = await scene(t)
  store.put('bkt', 'film.bin', { size: SIZE, seed: 8 })
  const parts = { origin, hasher, store: new MemoryStore({ maxBytes: 2 ** 20 }) }
  await t.rejects(hashObject(parts, target, {}, never), { name: 'ObjectChanged' })
})
