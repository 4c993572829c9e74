import t from 'tap'
import { BucketEvents } from '../../src/warming/bucket-events.js'
import type { WarmParts } from '../../src/warming/warm-object.js'
import { until } from '../support/until.js'

// No bucket has such a name: each object is skipped, with a line in the log, and nothing else is needed.
const named = (i: number) => ({ bucket: 'NO BUCKET', keys: [`key ${i}`] })

t.test('an error that nobody expects, such as of the log, costs its object alone', async (t) => {
  let lines = 0
  const log = { info: () => { if (lines++ < 3) throw new Error('the disk is full') }, warn: () => {} }
  const events = new BucketEvents({
    warm: {} as WarmParts, requester: { keyPair: undefined, requestPayer: false }, log
  })
  t.teardown(() => events.close())
  t.ok(events.add(Array.from({ length: 6 }, (_, i) => named(i))))
  await until('all were looked at', () => lines === 6)
  t.ok(events.add([named(7)]))
  await until('the queue goes on', () => lines === 7)
  t.equal(events.waiting, 0)
  t.strictSame(events.counts, { hashed: 0, skipped: 4, failed: 3 })
})
