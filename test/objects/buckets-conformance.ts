import type { Test } from 'tap'
import type { Buckets } from '../../src/objects/buckets.js'
import { OriginRefusal } from '../../src/objects/origin-errors.js'
import type { Requester } from '../../src/objects/requester.js'

/** Buckets under test: one, `bkt`, exists, and an object `object` is in it. */
export interface BucketsUnderTest {
  readonly buckets: Buckets
  readonly requester: Requester
}

const never = new AbortController().signal

/** What the doc comments of Buckets promise, for each implementation. */
export function bucketsConformance (t: Test, setUp: (t: Test) => Promise<BucketsUnderTest>): void {
  t.test('Buckets', async (t) => {
    const { buckets, requester } = await setUp(t)

    t.test('a bucket is there, or it is not', async (t) => {
      await buckets.headBucket('bkt', requester, never)
      await t.rejects(buckets.headBucket('nobucket', requester, never), OriginRefusal)
    })

    t.test('an owner that it does not know is no match', async (t) => {
      const asking = { ...requester, expectedBucketOwner: 'somebody else' }
      t.equal(await buckets.ownerMatches({ bucket: 'bkt', key: 'object' }, asking, never), false)
      t.equal(await buckets.ownerMatches({ bucket: 'bkt' }, asking, never), false)
    })
  })
}
