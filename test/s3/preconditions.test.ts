import t from 'tap'
import { evaluate, ifRangeHolds } from '../../src/s3/preconditions.js'
import type { Preconditions } from '../../src/s3/preconditions.js'

const state = { etag: '"abc"', lastModified: new Date('2026-01-01T00:00:00Z') }
const BEFORE = 'Wed, 31 Dec 2025 23:59:59 GMT'
const SAME = 'Thu, 01 Jan 2026 00:00:00 GMT'
const AFTER = 'Thu, 01 Jan 2026 00:00:01 GMT'

const CASES: Array<[Preconditions, ReturnType<typeof evaluate>]> = [
  [{}, 'proceed'],
  [{ ifMatch: '"abc"' }, 'proceed'],
  [{ ifMatch: 'abc' }, 'proceed'],
  [{ ifMatch: '"x", "abc"' }, 'proceed'],
  [{ ifMatch: '*' }, 'proceed'],
  [{ ifMatch: '"x"' }, 'failed'],
  [{ ifMatch: 'W/"abc"' }, 'failed'],
  [{ ifUnmodifiedSince: BEFORE }, 'failed'],
  [{ ifUnmodifiedSince: SAME }, 'proceed'],
  [{ ifMatch: '"abc"', ifUnmodifiedSince: BEFORE }, 'proceed'],
  [{ ifNoneMatch: '"abc"' }, 'not modified'],
  [{ ifNoneMatch: 'W/"abc"' }, 'not modified'],
  [{ ifNoneMatch: '*' }, 'not modified'],
  [{ ifNoneMatch: '"x"' }, 'proceed'],
  [{ ifModifiedSince: SAME }, 'not modified'],
  [{ ifModifiedSince: AFTER }, 'not modified'],
  [{ ifModifiedSince: BEFORE }, 'proceed'],
  [{ ifNoneMatch: '"x"', ifModifiedSince: AFTER }, 'proceed'],
  [{ ifMatch: '"x"', ifNoneMatch: '"abc"' }, 'failed'],
  [{ ifModifiedSince: 'no date' }, 'proceed'],
  [{ ifModifiedSince: 'Thursday, 01-Jan-26 00:00:00 GMT' }, 'not modified'],
  [{ ifModifiedSince: 'Thu Jan  1 00:00:00 2026' }, 'not modified'],
  [{ ifModifiedSince: 'Thu, 01 Jan 275000 00:00:00 GMT' }, 'proceed'],
  [{ ifModifiedSince: '2027' }, 'proceed'],
  [{ ifUnmodifiedSince: '1' }, 'proceed'],
  [{ ifUnmodifiedSince: 'no date' }, 'proceed']
]

t.test('S63: RFC 9110 §13.2.2', async (t) => {
  for (const [preconditions, verdict] of CASES) t.equal(evaluate(preconditions, state), verdict, JSON.stringify(preconditions))
})

t.test('If-Range: RFC 9110 §13.1.5', async (t) => {
  t.equal(ifRangeHolds('"abc"', state), true)
  t.equal(ifRangeHolds('"x"', state), false)
  t.equal(ifRangeHolds('W/"abc"', state), false)
  t.equal(ifRangeHolds(SAME, state), true)
  t.equal(ifRangeHolds(AFTER, state), false)
  t.equal(ifRangeHolds('nonsense', state), false)
  t.equal(ifRangeHolds('2026-01-01T00:00:00Z', state), false, 'which is no HTTP-date')
})
