import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { JobQueue, QueueFull } from '../../src/hashing/job-queue.js'
import type { Sharer } from '../../src/util/fair-shares.js'

const NEVER = new AbortController().signal
const settled = (): Promise<void> => sleep(5)

const of = (group: string, member = 'address'): Sharer => ({ group, member })

/** The ends of turns that were got, the oldest first. */
const ends = new WeakMap<JobQueue, Map<string, Array<() => void>>>()
function got (queue: JobQueue, accessKeyId: string, end: () => void): void {
  const byKey = ends.get(queue) ?? new Map<string, Array<() => void>>()
  ends.set(queue, byKey.set(accessKeyId, [...byKey.get(accessKeyId) ?? [], end]))
}
const leave = (queue: JobQueue, accessKeyId: string): void => { ends.get(queue)?.get(accessKeyId)?.shift()?.() }

/** Enters a job; `state` says how that went so far. */
function entering (queue: JobQueue, accessKeyId: string, signal = NEVER, address?: string): { state: () => string } {
  let state = 'waits'
  queue.enter(of(accessKeyId, address), signal).then((end) => {
    state = 'has its turn'
    got(queue, accessKeyId, end)
  }, (error: unknown) => { state = error instanceof QueueFull ? 'full' : 'left' })
  return { state: () => state }
}

const statesOf = async (jobs: Array<{ state: () => string }>): Promise<Record<string, number>> => {
  await settled()
  return jobs.reduce<Record<string, number>>(
    (counts, { state }) => ({ ...counts, [state()]: (counts[state()] ?? 0) + 1 }), {}
  )
}

t.test('one access key fills half of the queue, an even and an uneven one', async (t) => {
  for (const [maxQueue, half] of [[0, 0], [1, 1], [2, 1], [3, 2], [10, 5], [11, 6]] as const) {
    const queue = new JobQueue({ maxJobs: 2, maxQueue })
    const jobs = Array.from({ length: 20 }, () => entering(queue, 'a'))
    t.same(
      await statesOf(jobs),
      { 'has its turn': 2, ...(half > 0 && { waits: half }), full: 18 - half },
      `a queue of ${maxQueue}`
    )
    t.equal(queue.contended, half > 0)
  }
})

t.test('the next one fills half of what is left, unsigned requests together, and none more than the queue',
  async (t) => {
    const queue = new JobQueue({ maxJobs: 1, maxQueue: 8 })
    const enter = (accessKeyId: string): Array<{ state: () => string }> => Array.from(
      { length: 10 }, (_, i) => entering(queue, accessKeyId, NEVER, `address ${i}`)
    )
    t.same(await statesOf(enter('a')), { 'has its turn': 1, waits: 4, full: 5 })
    t.same(await statesOf(enter('')), { waits: 2, full: 8 })
    t.same(await statesOf(enter('b')), { waits: 1, full: 9 })
    const others = Array.from({ length: 20 }, (_, index) => entering(queue, `key ${index}`))
    t.same(await statesOf(others), { waits: 1, full: 19 }, 'eight in all')
  })

t.test('of the unsigned, one address fills half of their half, and the next one finds room, and is served before',
  async (t) => {
    const queue = new JobQueue({ maxJobs: 2, maxQueue: 16 })
    const crowd = Array.from({ length: 20 }, () => entering(queue, '', NEVER, 'one'))
    t.same(await statesOf(crowd), { 'has its turn': 2, waits: 4, full: 14 }, 'half of eight')
    const other = entering(queue, '', NEVER, 'another')
    t.same(await statesOf([other]), { waits: 1 })
    leave(queue, '')
    t.same(
      await statesOf([other]), { 'has its turn': 1 }, 'before four that came sooner, from an address that has a turn'
    )
  })

t.test('a turn that ends is for the access key with the fewest turns', async (t) => {
  const queue = new JobQueue({ maxJobs: 2, maxQueue: 100 })
  const a = Array.from({ length: 10 }, () => entering(queue, 'a'))
  const b = Array.from({ length: 3 }, () => entering(queue, 'b'))
  t.same([await statesOf(a), await statesOf(b)], [{ 'has its turn': 2, waits: 8 }, { waits: 3 }])
  leave(queue, 'a')
  t.same(
    [await statesOf(a), await statesOf(b)],
    [{ 'has its turn': 2, waits: 8 }, { 'has its turn': 1, waits: 2 }],
    'b overtakes eight'
  )
  leave(queue, 'a')
  t.same(
    [await statesOf(a), await statesOf(b)],
    [{ 'has its turn': 3, waits: 7 }, { 'has its turn': 1, waits: 2 }],
    'and then a again'
  )
})

t.test('a job that was admitted takes its next turn behind those that wait, and never finds the queue full',
  async (t) => {
    const queue = new JobQueue({ maxJobs: 1, maxQueue: 2 })
    got(queue, 'a', await queue.enter(of('a'), NEVER))
    t.notOk(queue.contended)
    const small = entering(queue, 'a')
    t.ok(queue.contended)
    t.same(await statesOf([entering(queue, 'a')]), { full: 1 })
    leave(queue, 'a')
    let again = false
    const next = queue.reenter(of('a'), NEVER).then((end) => {
      again = true
      got(queue, 'a', end)
    })
    await settled()
    t.same([small.state(), again], ['has its turn', false])
    t.same(await statesOf([entering(queue, 'a')]), { waits: 1 }, 'it takes no newcomer its place')
    leave(queue, 'a')
    await next
    leave(queue, 'a')
  })

t.test('who leaves the queue makes room in it', async (t) => {
  const queue = new JobQueue({ maxJobs: 1, maxQueue: 2 })
  const leaving = new AbortController()
  const jobs = [entering(queue, 'a'), entering(queue, 'a', leaving.signal), entering(queue, 'a')]
  t.same(await statesOf(jobs), { 'has its turn': 1, waits: 1, full: 1 })
  leaving.abort(new Error('left'))
  t.same(await statesOf(jobs), { 'has its turn': 1, left: 1, full: 1 })
  t.notOk(queue.contended)
  const late = entering(queue, 'a')
  t.same(await statesOf([late]), { waits: 1 })
  leave(queue, 'a')
  t.same(await statesOf([late]), { 'has its turn': 1 })
})
