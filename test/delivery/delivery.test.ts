import t from 'tap'
import type { Test } from 'tap'
import { Delivery } from '../../src/delivery/delivery.js'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'

const forEver = new AbortController().signal
const anonymous = { keyPair: undefined, requestPayer: false }
const object = { bucket: 'bkt', key: 'film' }
const body = contentAt(1, 0, 100_000)
const part = { first: 10, last: body.length - 1 }

async function setUp (t: Test) {
  const store = await startFaultyOrigin(t)
  const { etag, size } = store.put('bkt', 'film', { body, public: true })
  const origin = new S3Origin({
    endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: undefined
  })
  const delivery = new Delivery({ origin, cacheBytes: 2 ** 20, total: 0, perClient: 0 })
  t.teardown(async () => {
    delivery.close()
    await origin.close()
  })
  const slices = (beforeSlice: () => Promise<void>) => delivery.slices(
    { object, etag, size }, anonymous, part, { client: '192.0.2.1', beforeSlice }, forEver
  )
  return { delivery, slices }
}

t.test('the slices are the part, and are counted as they are sent', async (t) => {
  const { delivery, slices } = await setUp(t)
  const got: Buffer[] = []
  for await (const slice of slices(async () => {})) got.push(slice)
  t.ok(Buffer.concat(got).equals(body.subarray(10)))
  t.strictSame(delivery.counts, { read: body.length, webSeed: body.length - 10, seeder: 0 })
})

t.test('a slice that is refused before it is sent is neither sent nor counted, and the last one', async (t) => {
  const { delivery, slices } = await setUp(t)
  const got: Buffer[] = []
  let asked = 0
  const sending = async (): Promise<void> => {
    for await (const slice of slices(async () => { if (++asked === 3) throw new Error('private') })) got.push(slice)
  }
  await t.rejects(sending(), new Error('private'))
  t.equal(asked, 3)
  t.equal(got.length, 2)
  t.equal(delivery.counts.webSeed, Buffer.concat(got).length)
})
