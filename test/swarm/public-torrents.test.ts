import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { PublicAccess } from '../../src/access/public-access.js'
import { PublicPrefixes } from '../../src/access/public-prefix.js'
import { SameBytes } from '../../src/access/same-bytes.js'
import { OriginRefusal, OriginUnavailable } from '../../src/objects/origin-errors.js'
import type { Objects } from '../../src/objects/objects.js'
import type { RefusalCode } from '../../src/objects/origin-errors.js'
import type { Identity } from '../../src/torrent/identity.js'
import { InfoHash } from '../../src/torrent/info-hash.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { CannotTell, PublicTorrents } from '../../src/swarm/public-torrents.js'
import { infoHashFor } from '../store/conformance.js'
import { SlowStore } from '../store/slow-store.js'
import { until } from '../support/until.js'
import { KnownManifests } from '../../src/store/known-manifests.js'

const INFO_HASH = infoHashFor('film')
const UNKNOWN = infoHashFor('unknown')

/** An ETag: public, in that version. */
type Answer = 'public' | `"${string}"` | RefusalCode | Error

const inBucket = (bucket: string): Identity => ({
  origin: 'here',
  bucket,
  key: 'film',
  etag: '"1"',
  size: 100,
  pieceLength: 16_384,
  metaVersion: 1,
  xAmzInfo: false
})
/** Of the one piece that these objects have. */
const digestOf = (seed: string): PieceDigests => PieceDigests.of(Buffer.alloc(20, seed), 1)
const isETag = (answer: string): answer is `"${string}"` => answer.startsWith('"')
const objectOf = ({ bucket, key }: Identity) => ({ bucket, key })

/** Objects with one info hash, by bucket, and what the origin says of each to everybody. */
function swarms (t: Test, answers: Record<string, Answer> = {}) {
  const heads: string[] = []
  let answering = Promise.resolve()
  const origin: Partial<Objects> = {
    name: 'here',
    head: async ({ bucket, versionId }) => {
      const name = versionId === undefined ? bucket : `${bucket}?${versionId}`
      heads.push(name)
      await answering
      const answer = answers[name] ?? 'AccessDenied'
      if (answer instanceof Error) throw answer
      if (answer !== 'public' && !isETag(answer)) throw new OriginRefusal(answer)
      return {
        size: 100,
        etag: answer === 'public' ? '"1"' : answer,
        lastModified: new Date(),
        requestCharged: false,
        headers: {}
      }
    }
  }
  const access = new PublicAccess({ anonymous: 'origin', public: [], own: undefined }, origin as Objects)
  const store = new SlowStore()
  /** As after a restart: the store is all that is known. */
  const restarted = (): PublicTorrents => {
    const torrents = new PublicTorrents({
      origin: origin as Objects,
      access,
      publicPrefixes: new PublicPrefixes(access),
      store,
      manifests: new KnownManifests(store),
      sameBytes: new SameBytes(store),
      pauseMs: 2
    })
    t.teardown(() => torrents.close())
    return torrents
  }
  return {
    heads,
    store,
    restarted,
    answer: (bucket: string, answer: Answer) => { answers[bucket] = answer },
    hold: (): (() => void) => {
      let go: () => void = () => {}
      answering = new Promise((resolve) => { go = resolve })
      return go
    },
    keep: (bucket: string) => store.finish(inBucket(bucket), digestOf(bucket), [INFO_HASH]),
    hashed: (bucket: string, etag: string, digest: string) => store.finish(
      { ...inBucket(bucket), etag }, digestOf(digest), [infoHashFor(digest)]
    ),
    issue: async (torrents: PublicTorrents, bucket: string) => {
      const identity = inBucket(bucket)
      await store.finish(identity, digestOf(bucket), [INFO_HASH])
      await torrents.issued({ identity, object: objectOf(identity) }, performance.now())
    }
  }
}

const bucketOf = async (torrents: PublicTorrents): Promise<string | undefined> => (await torrents.find(
  INFO_HASH
))?.object.bucket

t.test('what was issued to everybody is there, also after a restart, whatever private copies there are', async (t) => {
  for (const copies of [16, 300]) {
    const { restarted, issue, keep, heads } = swarms(t, { open: 'public' })
    const torrents = restarted()
    await issue(torrents, 'open')
    t.equal(await bucketOf(torrents), 'open')
    t.strictSame(heads, [], 'it was just answered: nothing to ask')
    for (let i = 0; i < copies; i++) await keep(`private-${i}`)
    t.equal(await bucketOf(restarted()), 'open', `${copies} private copies`)
    t.strictSame(heads, ['open'], 'none of which is asked for')
  }
})

t.test('copies that were issued as public and are not anymore do not hide it either', async (t) => {
  for (const copies of [16, 300]) {
    const { restarted, issue, answer, heads } = swarms(t, { open: 'public' })
    const torrents = restarted()
    await issue(torrents, 'open')
    for (let i = 0; i < copies; i++) {
      answer(`copy-${i}`, 'public')
      await issue(torrents, `copy-${i}`)
    }
    t.equal(await bucketOf(torrents), 'open', 'none is put in its place')
    for (let i = 0; i < copies; i++) answer(`copy-${i}`, 'AccessDenied')
    const later = restarted()
    t.ok(await until('what is looked up', async () => await bucketOf(later).catch((error: unknown) => {
      if (!(error instanceof CannotTell)) {
        throw error
      }
    }) === 'open'), `${copies} copies: after a restart`)
    t.ok(heads.length <= copies + 10, `each was asked for once: ${heads.length}`)
    heads.length = 0
    t.equal(await bucketOf(restarted()), 'open')
    t.ok(heads.length <= 50, 'and what was refused is published no more')
  }
})

t.test('a public answer makes it public at once, and over a refusal', async (t) => {
  const { restarted, issue, answer } = swarms(t)
  const torrents = restarted()
  await issue(torrents, 'open')
  const later = restarted()
  t.equal(await bucketOf(later), undefined, 'it is private now')
  t.equal(later.wasPublic(INFO_HASH), false)
  answer('open', 'public')
  t.equal(await bucketOf(later), undefined, 'said a moment ago')
  await issue(later, 'open')
  t.equal(await bucketOf(later), 'open')
  t.equal(later.wasPublic(INFO_HASH), true)
})

t.test('what is issued while it is asked for stays', async (t) => {
  const { restarted, issue, hold } = swarms(t)
  await issue(restarted(), 'open')
  const torrents = restarted()
  const go = hold()
  const asked = bucketOf(torrents)
  await issue(torrents, 'open')
  go()
  t.equal(await asked, 'open', 'the older answer does not win')
  t.equal(await bucketOf(torrents), 'open')
})

t.test('a private object is as none: at once, by the same questions, and nothing is left of what nobody knows',
  async (t) => {
    const { restarted, keep, store, hold, heads } = swarms(t)
    for (let i = 0; i < 5; i++) await keep(`private-${i}`)
    const torrents = restarted()
    const go = hold()
    store.asked.length = 0
    t.equal(await torrents.find(UNKNOWN), undefined)
    const ofUnknown = store.asked.splice(0)
    t.equal(await torrents.find(INFO_HASH), undefined, 'the origin has not answered')
    t.strictSame(store.asked.splice(0), ofUnknown, 'the store is asked the same before the answer')
    t.strictSame(heads, [], 'and the origin nothing')
    t.ok(await until('what is looked up', () => heads.length === 1), 'but then')
    t.equal(await torrents.find(INFO_HASH), undefined, 'while it is asked')
    go()
    t.ok(await until('what is looked up', () => torrents.wasPublic(INFO_HASH) === false))
    t.equal(heads.length, 5)
    t.equal(torrents.wasPublic(UNKNOWN), undefined)
  })

t.test('what has become public is found by the next announce', async (t) => {
  const { restarted, keep, answer, store } = swarms(t)
  await keep('open')
  answer('open', 'public')
  const torrents = restarted()
  t.equal(await bucketOf(torrents), undefined)
  t.ok(await until('what is looked up', async () => await bucketOf(torrents) === 'open'))
  t.equal((await store.publishedOf(INFO_HASH)).length, 1, 'for good')
})

t.test('a version and what is current, with the same bytes', async (t) => {
  const { restarted, store, answer } = swarms(t, { open: 'public', 'open?v1': 'public' })
  const torrents = restarted()
  const current = inBucket('open')
  const version = { ...current, versionId: 'v1' }
  await store.finish(current, digestOf('film'), [INFO_HASH])
  for (const identity of [version, current]) {
    await torrents.issued({
      identity, object: { ...objectOf(identity), ...identity === version && { versionId: 'v1' } }
    }, performance.now())
  }
  t.equal(await bucketOf(restarted()), 'open')
  answer('open', 'NoSuchKey')
  const later = restarted()
  t.strictSame(
    (await later.find(INFO_HASH))?.object,
    { bucket: 'open', key: 'film', versionId: 'v1' },
    'what is current is another one: the version is still there'
  )
  t.equal((await store.publishedOf(INFO_HASH)).length, 1)
  answer('open?v1', 'NoSuchVersion')
  t.equal(await bucketOf(restarted()), undefined)
})

t.test('what was hashed by its version id is found as what is current', async (t) => {
  const { restarted, store, answer } = swarms(t)
  await store.finish({ ...inBucket('open'), versionId: 'v1' }, digestOf('film'), [INFO_HASH])
  answer('open', 'public')
  const torrents = restarted()
  t.equal(await bucketOf(torrents), undefined)
  t.ok(await until('what is looked up', async () => await bucketOf(torrents) === 'open'))
  t.strictSame((await torrents.find(INFO_HASH))?.object, objectOf(inBucket('open')))
})

t.test('where the origin gives no verdict, only what was public is waited for', async (t) => {
  for (const answer of [new OriginUnavailable('down'), ...([
    'SlowDown', 'InvalidArgument', 'ExpiredToken', 'InvalidAccessKeyId', 'SignatureDoesNotMatch',
    'RequestTimeTooSkewed', 'InvalidToken'
  ] as const)]) {
    const { restarted, issue, keep, store } = swarms(t, { open: answer, private: answer })
    await issue(restarted(), 'open')
    const torrents = restarted()
    await t.rejects(bucketOf(torrents), CannotTell, String(answer))
    t.equal((await store.publishedOf(INFO_HASH)).length, 1, 'it stays published')
    await store.unpublish(INFO_HASH, inBucket('open'))
    await keep('private')
    t.equal(await bucketOf(torrents), undefined, 'and a private one is as none')
  }
  for (const answer of [
    'AccessDenied', 'NoSuchKey', 'NoSuchBucket', 'NoSuchVersion', 'MethodNotAllowed', 'InvalidObjectState',
    'EncryptedWithCustomerKey', 'PreconditionFailed', 'KeyTooLongError'
  ] as const) {
    const { restarted, issue, store } = swarms(t, { open: answer })
    await issue(restarted(), 'open')
    t.equal(await bucketOf(restarted()), undefined, answer)
    t.equal((await store.publishedOf(INFO_HASH)).length, 0)
  }
})

t.test('another version of the same bytes, once it is hashed, is the same torrent; of other bytes it is another',
  async (t) => {
    const { restarted, issue, answer, hashed, store } = swarms(t)
    for (const [etag, digest, found] of [['"2"', 'open', true], ['"3"', 'other', false]] as const) {
      answer('open', 'public')
      await issue(restarted(), 'open')
      answer('open', etag)
      const torrents = restarted()
      t.equal(await torrents.find(INFO_HASH), undefined, `${etag} is not hashed yet`)
      await issue(restarted(), 'open')
      await hashed('open', etag, digest)
      t.equal((await restarted().find(INFO_HASH))?.identity.etag, found ? etag : undefined)
      for (const identity of await store.publishedOf(INFO_HASH)) await store.unpublish(INFO_HASH, identity)
    }
  })

t.test('one that cannot be asked for does not hide another', async (t) => {
  const { restarted, issue, answer } = swarms(t, { open: 'public', busy: new OriginRefusal('SlowDown') })
  const torrents = restarted()
  for (const bucket of ['open', 'busy']) await issue(torrents, bucket)
  t.equal(await bucketOf(restarted()), 'open')
  answer('open', 'NoSuchKey')
  await t.rejects(bucketOf(restarted()), CannotTell)
})

t.test('a flood of made-up info hashes', async (t) => {
  const { restarted, keep } = swarms(t)
  await keep('private')
  const torrents = restarted()
  for (let i = 0; i < 30_000; i++) {
    if (await torrents.find(InfoHash.ofInfo(Buffer.from(`${i}`))) !== undefined) t.fail('found')
    if (i % 100 === 0) await nextTurn()
  }
  t.ok(await until('what is looked up', async () => {
    await torrents.find(INFO_HASH)
    return torrents.wasPublic(INFO_HASH) === false
  }), 'then others are looked for again')
})

t.test('however many ask at once, store and origin are asked once', async (t) => {
  const { restarted, issue, store, heads } = swarms(t, { open: 'public' })
  await issue(restarted(), 'open')
  const torrents = restarted()
  store.hold('publishedOf')
  store.asked.length = 0
  const all = Array.from({ length: 20 }, () => bucketOf(torrents))
  await nextTurn()
  all.push(bucketOf(torrents))
  store.letGo()
  t.strictSame(await Promise.all(all), Array.from({ length: 21 }, () => 'open'))
  t.strictSame(store.asked.filter((method) => method === 'publishedOf'), ['publishedOf'])
  t.strictSame(heads, ['open'])
})

t.test('a torrent that many are answered at once is noted once, and each answer waits for it', async (t) => {
  const { restarted, keep, store } = swarms(t)
  await keep('open')
  const torrents = restarted()
  store.hold('publish')
  let noted = 0
  const torrent = { identity: inBucket('open'), object: objectOf(inBucket('open')) }
  const all = Array.from({ length: 5 }, () => torrents.issued(torrent, performance.now()).then(() => { noted++ }))
  await nextTurn()
  t.equal(noted, 0)
  store.letGo()
  await Promise.all(all)
  await torrents.issued(torrent, performance.now())
  t.strictSame(store.asked, ['publish'])
  t.equal(await bucketOf(torrents), 'open')
})

t.test('what is issued while the store is asked is found: its older answer does not win', async (t) => {
  const { restarted, issue, store } = swarms(t)
  const torrents = restarted()
  store.hold('publishedOf')
  const asked = bucketOf(torrents)
  await issue(torrents, 'open')
  store.letGo()
  t.equal(await asked, 'open')
})

t.test('while the store answers slowly, unknown and private info hashes wait for the same, and for a bound',
  async (t) => {
    const { restarted, keep, store, heads } = swarms(t)
    await keep('private')
    const torrents = restarted()
    store.hold('publishedOf')
    store.asked.length = 0
    const both = [torrents.find(UNKNOWN), torrents.find(INFO_HASH)]
    t.strictSame(store.asked, ['publishedOf', 'publishedOf'])
    const more = Array.from({ length: 9_998 }, (_, i) => torrents.find(infoHashFor(`${i}`)))
    await t.rejects(torrents.find(infoHashFor('too many')), CannotTell)
    t.equal(store.asked.length, 10_000, 'nothing is asked for it')
    store.letGo()
    t.strictSame(await Promise.all(both), [undefined, undefined])
    t.strictSame(heads, [])
    await Promise.all(more)
    t.equal(await torrents.find(infoHashFor('too many')), undefined)
  })
