import { readFile } from 'node:fs/promises'
import type { Test } from 'tap'
import type { ObjectRead, Objects } from '../../src/objects/objects.js'
import type { OriginRefusal, RefusalCode } from '../../src/objects/origin-errors.js'
import type { Requester } from '../../src/objects/requester.js'
import { RangeConnections } from '../../src/objects/transport/range-connections.js'
import type { WorkerRead } from '../../src/objects/worker-read.js'

/** An origin under test, with one bucket `bkt` that exists. */
export interface ObjectsUnderTest {
  readonly origin: Objects
  readonly requester: Requester
  readonly put: (key: string, body: Buffer) => Promise<void>
  readonly remove: (key: string) => Promise<void>
  /** Every key is this one object's. */
  readonly hasOneObject?: true
}

const never = new AbortController().signal
const BODY = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251))
const PART = { first: 70_000, last: 79_999 }

async function bytesOf ({ body }: ObjectRead): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function bytesOfWorkerRead (read: WorkerRead): Promise<Buffer> {
  if (read.kind === 'file') return (await readFile(read.path)).subarray(read.first, read.last + 1)
  const chunks: Buffer[] = []
  const ending = new AbortController()
  const connections = new RangeConnections({ bufferBytes: 64 * 1024 })
  await connections.read(read.request, (bytes) => { chunks.push(Buffer.from(bytes)) }, ending.signal)
  connections.close()
  return Buffer.concat(chunks)
}

/** What the doc comments of Objects promise, for each implementation. */
export function objectsConformance (t: Test, setUp: (t: Test) => Promise<ObjectsUnderTest>): void {
  t.test('Objects', async (t) => {
    const { origin, requester, put, remove, hasOneObject = false } = await setUp(t)
    const refuses = (t: Test, ask: () => Promise<unknown>, code: RefusalCode) =>
      t.rejects(ask(), { code } satisfies Partial<OriginRefusal>, code)
    const object = { bucket: 'bkt', key: 'folder/object' }
    t.beforeEach(() => put(object.key, BODY))

    t.test('head describes the object', async (t) => {
      const head = await origin.head(object, requester, never)
      t.equal(head.size, BODY.length)
      t.match(head.etag, /^"[^"]+"$/)
      t.ok(Math.abs(Number(head.lastModified) - Date.now()) < 120_000)
      t.equal(head.lastModified?.getMilliseconds(), 0, 'whole seconds, as HTTP dates have them')
      t.equal(head.requestCharged, false)
    })

    t.test('read gives the whole object, or exactly the part', async (t) => {
      const { etag } = await origin.head(object, requester, never)
      const whole = await origin.read(object, requester, { ifMatch: etag }, never)
      t.equal(whole.part, 'whole')
      t.equal(whole.etag, etag)
      t.ok((await bytesOf(whole)).equals(BODY))
      for (const [range, first, last] of [
        [{ first: 0, last: 0 }, 0, 0],
        [PART, PART.first, PART.last],
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

    t.test('a worker reads the same part by itself', async (t) => {
      const head = await origin.head(object, requester, never)
      const read = await origin.workerRead(object, requester, head, PART)
      t.ok((await bytesOfWorkerRead(read)).equals(BODY.subarray(PART.first, PART.last + 1)))
    })

    t.test('a range with nothing in it is InvalidRange', async (t) => {
      await refuses(t, () => origin.read(object, requester, { range: { first: BODY.length } }, never), 'InvalidRange')
    })

    t.test('a changed object is another ETag, and the old one is refused', async (t) => {
      const before = await origin.head(object, requester, never)
      await put(object.key, Buffer.from(BODY).reverse())
      const after = await origin.head(object, requester, never)
      t.not(after.etag, before.etag)
      await refuses(t, () => origin.read(object, requester, { ifMatch: before.etag }, never), 'PreconditionFailed')
      t.ok((await bytesOf(await origin.read(object, requester, { ifMatch: after.etag }, never))).equals(
        Buffer.from(BODY).reverse()
      ))
      await remove(object.key)
      await refuses(t, () => origin.head(object, requester, never), 'NoSuchKey')
    })

    t.test('an empty object', async (t) => {
      await put(object.key, Buffer.alloc(0))
      t.equal((await origin.head(object, requester, never)).size, 0)
      t.equal((await bytesOf(await origin.read(object, requester, {}, never))).length, 0)
      await refuses(t, () => origin.read(object, requester, { range: { first: 0 } }, never), 'InvalidRange')
    })

    t.test('a signal ends a body', async (t) => {
      const controller = new AbortController()
      const read = await origin.read(object, requester, {}, controller.signal)
      controller.abort()
      await t.rejects(bytesOf(read))
      t.equal(read.body.destroyed, true)
    })

    if (hasOneObject) return
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
    })
  })
}
