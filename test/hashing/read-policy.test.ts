import t from 'tap'
import { decide } from '../../src/hashing/read-policy.js'
import type { ReadDecision, ReadState } from '../../src/hashing/read-policy.js'
import { OriginRefusal, OriginUnavailable } from '../../src/objects/origin-errors.js'
import { WorkerReadFailed } from '../../src/objects/worker-read.js'

const [unexpected, broken, busy] = (['unexpected', 'broken', 'busy'] as const).map(
  (kind) => new WorkerReadFailed(kind, kind)
)
const slowDown = new OriginRefusal('SlowDown')
const changed = new OriginRefusal('PreconditionFailed')
const down = new OriginUnavailable('down')
const bug = new TypeError('bug')
const first: ReadState = { way: 'worker', hasProgressed: false, hasBegun: true, failures: 1, silentMs: 0 }

const TABLE: Array<[string, unknown, Partial<ReadState>, ReadDecision]> = [
  ['what a thread does not understand', unexpected, {}, 'through the origin'],
  ['a broken connection', broken, {}, 'through the origin'],
  ['a broken connection that gave digests', broken, { hasProgressed: true }, 'again'],
  ['an odd answer behind digests', unexpected, { hasProgressed: true }, 'again'],
  ['a busy origin, before the first byte', busy, { hasBegun: false }, 'through the origin'],
  ['a busy origin, later', busy, {}, 'after a pause'],
  ['a busy origin, for the whole patience', busy, { silentMs: 60_000 }, 'after a pause'],
  ['a busy origin, for longer', busy, { silentMs: 60_001 }, 'give up'],
  ['a thread is never why a job is given up', unexpected, { silentMs: 60_001, failures: 100 }, 'through the origin'],
  ['the origin is down', down, { way: 'origin' }, 'after a pause'],
  ['the origin asks for less', slowDown, { way: 'origin' }, 'after a pause'],
  ['the origin is down for too long', down, { way: 'origin', silentMs: 60_001 }, 'give up'],
  ['the second failure at first', down, { way: 'origin', hasBegun: false, failures: 2 }, 'after a pause'],
  ['the third failure at first', down, { way: 'origin', hasBegun: false, failures: 3 }, 'give up'],
  ['the third failure later', down, { way: 'origin', failures: 3 }, 'after a pause'],
  ['the object has changed', changed, { way: 'origin' }, 'give up'],
  ['a read could not be signed', changed, {}, 'give up'],
  ['a key pair could not be had for a thread', down, {}, 'after a pause'],
  ['an error of the program', bug, {}, 'give up']
]

t.test('what becomes of a segment whose read has failed', async (t) => {
  for (const [name, error, state, decision] of TABLE) t.equal(decide(error, { ...first, ...state }), decision, name)
})
