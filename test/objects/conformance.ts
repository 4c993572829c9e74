import type { Test } from 'tap'
import { OriginRefusal } from '../../src/objects/origin.js'
import type { ObjectRead, Origin, RefusalCode, Requester } from '../../src/objects/origin.js'

/** An origin under test, with one bucket `bkt` that exists. */
export interface OriginUnderTest {
  readonly origin: Origin
  readonly requester: Requester
  readonly put: (key: string, body: Buffer) => Promise<void>
  readonly remove: (key: string) => Promise<void>
}

const never = new AbortController().signal
const BODY = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251))

async function bytesOf ({ body }: ObjectRead): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What the doc comments of Origin promise, for each implementation. */
export function originConformance (t: Test, setUp: (t: Test) => Promise<OriginUnderTest>): void {
  t.test('Origin', async (t) => {
    const { origin, requester, put, remove } = await setUp(t)
    const refuses = (t: Test, ask: () => Promise<unknown>, code: RefusalCode) =>
      t.rejects(ask(), { code } satisfies Partial<OriginRefusal>, code)
    const object = { bucket: 'bkt', key: 'folder/object' }
    await put(object.key, BODY)

    t.test('head describes the object', async (t) => {
      const head = await origin.head(object, requester, never)
      t.equal(head.size, BODY.length)
      t.match(head.etag, /^"[^"]+"$/)
      t.ok(Math.abs(Number(head.lastModified) - Date.now()) < 120_000)
      t.equal(head.lastModified?.getMilliseconds(), 0, 'whole seconds, as HTTP dates have them')
      t.equal(head.requestCharged, false)
      t.ok(head.headers['content-type'])
    })

    t.test('read gives the whole object, or exactly the part', async (t) => {
      const { etag } = await origin.head(object, requester, never)
      const whole = await origin.read(object, requester, { ifMatch: etag }, never)
      t.equal(whole.part, 'whole')
      t.equal(whole.etag, etag)
      t.ok((await bytesOf(whole)).equals(BODY))
      for (const [range, first, last] of [
        [{ first: 0, last: 0 }, 0, 0],
        [{ first: 70_000, last: 79_999 }, 70_000, 79_999],
        [{ first: 99_990 }, 99_990, 99_999],
        [{ first: 99_990, last: 1_000_000 }, 99_990, 99_999],
        [{ suffix: 10 }, 99_990, 99_999]
      ] as const) {
        const read = await origin.read(object, requester, { range, ifMatch: etag }, never)
        t.strictSame(read.part, { first, last })
        t.equal(read.size, BODY.length)
        t.ok((await bytesOf(read)).equals(BODY.subarray(first, last + 1)), JSON.stringify(range))
      }
    })

    t.test('a range with nothing in it is InvalidRange', async (t) => {
      await refuses(t, () => origin.read(object, requester, { range: { first: BODY.length } }, never), 'InvalidRange')
    })

    t.test('what is not there', async (t) => {
      for (const key of [
        'nope', 'folder', 'folder/', 'folder/object/', 'folder//object', '/folder/object', 'folder/../folder/object',
        './folder/object', 'Folder/object'
      ]) {
        await refuses(t, () => origin.head({ bucket: 'bkt', key }, requester, never), 'NoSuchKey')
        await refuses(t, () => origin.read({ bucket: 'bkt', key }, requester, {}, never), 'NoSuchKey')
      }
      await refuses(t, () => origin.head({ bucket: 'nobucket', key: 'k' }, requester, never), 'NoSuchBucket')
      await refuses(t, () => origin.read({ bucket: 'nobucket', key: 'k' }, requester, {}, never), 'NoSuchBucket')
      await origin.headBucket('bkt', requester, never)
      await t.rejects(origin.headBucket('nobucket', requester, never), OriginRefusal)
    })

    t.test('a changed object is another ETag, and the old one is refused', async (t) => {
      const changing = { bucket: 'bkt', key: 'changing' }
      await put(changing.key, BODY)
      const before = await origin.head(changing, requester, never)
      await put(changing.key, Buffer.from(BODY).reverse())
      const after = await origin.head(changing, requester, never)
      t.not(after.etag, before.etag)
      await refuses(t, () => origin.read(changing, requester, { ifMatch: before.etag }, never), 'PreconditionFailed')
      t.ok((await bytesOf(await origin.read(changing, requester, { ifMatch: after.etag }, never))).equals(
        Buffer.from(BODY).reverse()
      ))
      await remove(changing.key)
      await refuses(t, () => origin.head(changing, requester, never), 'NoSuchKey')
    })

    t.test('an empty object', async (t) => {
      await put('empty', Buffer.alloc(0))
      const empty = { bucket: 'bkt', key: 'empty' }
      t.equal((await origin.head(empty, requester, never)).size, 0)
      t.equal((await bytesOf(await origin.read(empty, requester, {}, never))).length, 0)
      await refuses(t, () => origin.read(empty, requester, { range: { first: 0 } }, never), 'InvalidRange')
    })

    t.test('a signal ends a body', async (t) => {
      const controller = new AbortController()
      const read = await origin.read(object, requester, {}, controller.signal)
      controller.abort()
      await t.rejects(bytesOf(read))
      t.equal(read.body.destroyed, true)
    })

    t.test('an owner that it does not know is no match', async (t) => {
      t.equal(await origin.ownerMatches(object, { ...requester, expectedBucketOwner: 'somebody else' }, never), false)
    })
  })
}
