import type { Test } from 'tap'
import type { ByteSink } from '../../src/objects/byte-sink.js'
import type { Objects } from '../../src/objects/objects.js'
import type { PartReads } from '../../src/objects/part-reads.js'
import type { Requester } from '../../src/objects/requester.js'
import { bytesOf } from '../support/keeping-sink.js'

export interface PartReadsUnderTest {
  readonly origin: Objects & PartReads
  readonly requester: Requester
  readonly put: (key: string, body: Buffer) => Promise<void>
}

const never = new AbortController().signal
const BODY = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251))
const PARTS = [
  { first: 0, last: 0 }, { first: 1_000, last: 300_000 }, { first: 699_999, last: 699_999 }, { first: 0, last: 699_999 }
]

/** A sink with a room of so many bytes at a time, which checks that the bytes are there. */
function roomy (whole: Buffer, roomBytes: number): ByteSink {
  let at = 0
  return {
    room: () => whole.subarray(at, at + roomBytes),
    take: async (bytes) => {
      if (bytes.buffer !== whole.buffer || bytes.byteOffset !== whole.byteOffset + at) throw new Error('elsewhere')
      at += bytes.length
    }
  }
}

/** What the doc comments of PartReads promise, for each implementation. */
export function partReadsConformance (t: Test, setUp: (t: Test) => Promise<PartReadsUnderTest>): void {
  t.test('PartReads', async (t) => {
    const { origin, requester, put } = await setUp(t)
    const object = { bucket: 'bkt', key: 'folder/object' }
    t.beforeEach(() => put(object.key, BODY))

    t.test('every byte of the part, in order, in a buffer of the reader or in the room', async (t) => {
      const head = await origin.head(object, requester, never)
      for (const part of PARTS) {
        const expected = BODY.subarray(part.first, part.last + 1)
        const opened = await origin.open(object, requester, head, part, never)
        t.strictSame(opened.part, part)
        t.ok((await bytesOf(opened)).equals(expected), JSON.stringify(part))
        for (const roomBytes of [1_000_000, 10_000]) {
          const whole = Buffer.alloc(expected.length)
          const inRoom = await origin.open(object, requester, head, part, never)
          await inRoom.pour(roomy(whole, roomBytes))
          inRoom.close()
          t.ok(whole.equals(expected), `${JSON.stringify(part)} in ${roomBytes}`)
        }
      }
    })

    t.test('another version is refused', async (t) => {
      const before = await origin.head(object, requester, never)
      await put(object.key, Buffer.from(BODY).reverse())
      await t.rejects(
        origin.open(object, requester, before, PARTS[1] ?? { first: 0, last: 0 }, never), { code: 'PreconditionFailed' }
      )
    })

    t.test('what a sink throws is handed on, and so is a signal that fires', async (t) => {
      const head = await origin.head(object, requester, never)
      const part = { first: 0, last: 699_999 }
      for (const take of [() => { throw new RangeError('no') }, () => Promise.reject(new RangeError('no'))]) {
        const opened = await origin.open(object, requester, head, part, never)
        await t.rejects(opened.pour({ room: () => undefined, take }), new RangeError('no'))
        opened.close()
      }
      const leaving = new AbortController()
      const opened = await origin.open(object, requester, head, part, leaving.signal)
      await t.rejects(opened.pour({
        room: () => undefined,
        take: async () => { leaving.abort(new Error('gone')) }
      }), { message: 'gone' })
      opened.close()
      await t.rejects(origin.open(object, requester, head, part, leaving.signal), { message: 'gone' })
    })

    t.test('closed before it was poured, or in the middle', async (t) => {
      const head = await origin.head(object, requester, never)
      const unread = await origin.open(object, requester, head, { first: 0, last: 699_999 }, never)
      unread.close()
      unread.close()
      t.ok((await bytesOf(await origin.open(object, requester, head, { first: 5, last: 9 }, never))).equals(
        BODY.subarray(5, 10)
      ))
    })
  })
}
