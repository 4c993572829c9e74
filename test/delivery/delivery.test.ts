import t from 'tap'
import type { Test } from 'tap'
import { Delivery } from '../../src/delivery/delivery.js'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { keepingSink } from '../support/keeping-sink.js'
import { until } from '../support/until.js'

const forEver = new AbortController().signal
const anonymous = { keyPair: undefined, requestPayer: false }
const object = { bucket: 'bkt', key: 'film' }
const MIB = 1024 * 1024
const BODY = contentAt(1, 0, 3 * MIB + 777)

async function setUp (t: Test, { total = 0, cacheBytes = 2 ** 23, body = BODY } = {}) {
  const store = await startFaultyOrigin(t)
  const { etag, size } = store.put('bkt', 'film', { body, public: true })
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  const delivery = new Delivery({ origin, cacheBytes, total, perClient: 0 })
  t.teardown(async () => {
    delivery.close()
    await origin.close()
  })
  const pour = (
    part: { first: number, last: number },
    { beforeSlice = () => undefined, take, signal = forEver }: {
      beforeSlice?: () => Promise<unknown> | undefined
      take: (bytes: Buffer) => Promise<void> | undefined
      signal?: AbortSignal
    }
  ) => delivery.pour(
    { object, etag, size },
    anonymous,
    part,
    { client: '192.0.2.1', beforeSlice },
    { room: () => undefined, take },
    signal
  )
  return { store, delivery, pour, content: { object, etag, size } }
}

t.test('every byte of the part, in order, and counted as it is sent', async (t) => {
  for (const settings of [{}, { cacheBytes: 0 }, { cacheBytes: 2 ** 20 }, { total: 1e9 }]) {
    const { delivery, pour } = await setUp(t, settings)
    for (const part of [{ first: 10, last: BODY.length - 1 }, { first: MIB - 1, last: MIB }, { first: 5, last: 5 }]) {
      const before = delivery.counts.webSeed
      const { take, all } = keepingSink()
      await pour(part, { take })
      t.ok(all().equals(BODY.subarray(part.first, part.last + 1)), JSON.stringify({ ...settings, ...part }))
      t.equal(delivery.counts.webSeed - before, part.last - part.first + 1)
    }
  }
})

t.test('what is read once is there for all, and is read in few requests', async (t) => {
  const body = contentAt(2, 0, 40 * MIB)
  const { store, delivery, pour } = await setUp(t, { body, cacheBytes: 64 * MIB })
  const part = { first: 0, last: body.length - 1 }
  const readers = Array.from({ length: 3 }, keepingSink)
  await Promise.all(readers.map(({ take }) => pour(part, { take })))
  for (const { all } of readers) t.ok(all().equals(body))
  t.equal(delivery.counts.read, body.length)
  t.ok(store.requests.length < 30, `${store.requests.length} requests for 40 chunks`)
  const again = keepingSink()
  await pour(part, { take: again.take })
  t.ok(again.all().equals(body))
  t.equal(delivery.counts.read, body.length, 'from memory')
})

t.test('a slice that is refused before it is sent is neither sent nor counted', async (t) => {
  for (const total of [0, 1e9]) {
    const { delivery, pour } = await setUp(t, { total })
    const { take, all } = keepingSink()
    let asked = 0
    await t.rejects(pour({ first: 0, last: BODY.length - 1 }, {
      take, beforeSlice: () => ++asked === 3 ? Promise.reject(new Error('private')) : undefined
    }), new Error('private'))
    t.equal(asked, 3)
    t.equal(delivery.counts.webSeed, all().length)
    t.ok(all().length > 0)
  }
})

t.test('what a recipient has not taken yet stays as it is, whatever is read meanwhile', async (t) => {
  const body = contentAt(3, 0, 24 * MIB)
  const { pour, delivery, content } = await setUp(t, { body, cacheBytes: 4 * MIB })
  let go: () => void = () => {}
  const going = new Promise<void>((resolve) => { go = resolve })
  const held: Buffer[] = []
  const leaving = new AbortController()
  const slow = Array.from({ length: 6 }, (_, i) => pour({ first: i * MIB, last: i * MIB + MIB - 1 }, {
    take: async (bytes) => {
      held[i] ??= bytes
      await going
    },
    signal: leaving.signal
  }))
  await until('each has its first slice', () => held.filter(Boolean).length === 6)
  const { take, all } = keepingSink()
  await pour({ first: 0, last: body.length - 1 }, { take })
  t.ok(all().equals(body))
  for (const [i, bytes] of held.entries()) {
    t.ok(bytes.equals(body.subarray(i * MIB, i * MIB + bytes.length)), `${bytes.length} bytes of chunk ${i}`)
  }
  t.strictSame([...new Set(held.map(({ length }) => length))].sort(), [16 * 1024, 256 * 1024], 'some got copies')
  go()
  await Promise.all(slow)
  t.ok(delivery.pins.take() && delivery.pins.take(), 'and all pins are free')
  t.notOk(delivery.pins.take())
  const chunk = await delivery.chunk(content, anonymous, 3, forEver)
  t.ok(chunk.bytes.equals(body.subarray(3 * MIB, 4 * MIB)))
  chunk.release()
})

t.test('a recipient as fast as this lets others have their turns', async (t) => {
  const body = contentAt(4, 0, 24 * MIB)
  const { pour } = await setUp(t, { body, cacheBytes: 64 * MIB })
  const part = { first: 0, last: body.length - 1 }
  await pour(part, { take: () => undefined }) // from now on it is in memory
  let turns = 0
  let isPoured = false
  const count = (): void => {
    turns++
    if (!isPoured) setImmediate(count)
  }
  setImmediate(count)
  await pour(part, { take: () => undefined })
  isPoured = true
  t.ok(turns >= 20, `${turns} turns of the event loop for 24 MiB`)
})

t.test('who leaves ends the reads that nobody else waits for', async (t) => {
  const { store, pour, delivery } = await setUp(t)
  store.faults = { stallAfter: 1000 }
  const leaving = new AbortController()
  const poured = pour({ first: 0, last: BODY.length - 1 }, { take: () => undefined, signal: leaving.signal })
  await until('it is read', () => delivery.counts.read > 0)
  leaving.abort(new Error('gone'))
  await t.rejects(poured, { message: 'gone' })
  store.faults = {}
  const { take, all } = keepingSink()
  await pour({ first: 0, last: BODY.length - 1 }, { take })
  t.ok(all().equals(BODY), 'and it is begun anew for whoever comes later')
})

t.test('a read that breaks off goes on from where it broke', async (t) => {
  const { store, pour, delivery } = await setUp(t)
  store.faults = { cutAfter: 300_000 }
  const { take, all } = keepingSink()
  await pour({ first: 0, last: BODY.length - 1 }, { take })
  t.ok(all().equals(BODY))
  t.equal(delivery.counts.read, BODY.length)
})

t.test('a store that ignores ranges gives the beginning, and nothing else', async (t) => {
  const { store, pour } = await setUp(t)
  store.faults = { ignoreRange: true }
  const { take, all } = keepingSink()
  await pour({ first: 0, last: 1000 }, { take })
  t.ok(all().equals(BODY.subarray(0, 1001)))
})
