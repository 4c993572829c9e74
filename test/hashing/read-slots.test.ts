import t from 'tap'
import { ReadSlots } from '../../src/hashing/read-slots.js'

const NEVER = new AbortController().signal

/** Slots for reads that take so long, of threads that are so busy meanwhile. */
function reading ({ most = 16, least = 4 } = {}): {
  slots: ReadSlots
  read: (ms: number, utilization: number) => Promise<void>
  /** Two reads at once, the second of which is as described. */
  second: (ms: number, utilization: number) => Promise<void>
  idle: (ms: number) => void
} {
  let clock = 1_000
  const seen: Array<{ ms: number, part: number }> = []
  const pass = (ms: number, part: number): void => {
    clock += ms
    seen.push({ ms, part })
  }
  const slots = new ReadSlots({
    most,
    least,
    now: () => clock,
    utilization: () => {
      const all = seen.splice(0)
      const ms = all.reduce((sum, one) => sum + one.ms, 0)
      return all.reduce((sum, one) => sum + one.ms * one.part, 0) / ms // not a number where no time has passed
    }
  })
  const read = (ms: number, part: number): Promise<void> => slots.use({}, async () => pass(ms, part), NEVER)
  return {
    slots,
    read,
    second: (ms, part) => slots.use({}, () => read(ms, part), NEVER),
    idle: (ms) => pass(ms, 0)
  }
}

t.test('while the threads have all that they can do there are fewer reads, down to the least', async (t) => {
  const { slots, read } = reading()
  t.equal(slots.slots, 16)
  const counts = []
  for (let i = 0; i < 5; i++) {
    await read(120, 0.99)
    counts.push(slots.slots)
  }
  t.strictSame(counts, [8, 4, 4, 4, 4])
})

t.test('while a thread waits for the store there are more, up to the most; in between as many as before', async (t) => {
  const { slots, read } = reading({ most: 10, least: 3 })
  for (let i = 0; i < 3; i++) await read(120, 1)
  t.equal(slots.slots, 3)
  await read(120, 0.9)
  t.equal(slots.slots, 3)
  const counts = []
  for (let i = 0; i < 3; i++) {
    await read(120, 0.3)
    counts.push(slots.slots)
  }
  t.strictSame(counts, [6, 10, 10])
})

t.test('what was too few is not tried again at once', async (t) => {
  const { slots, read } = reading()
  for (let i = 0; i < 2; i++) await read(120, 1)
  await read(120, 0.5)
  t.equal(slots.slots, 8, '4 were too few')
  await read(120, 1)
  t.equal(slots.slots, 8)
  for (let i = 0; i < 250; i++) await read(120, 0.9)
  await read(120, 1)
  t.equal(slots.slots, 4, 'half a minute later the store may be another one')
})

t.test('short reads are looked at together', async (t) => {
  const { slots, second } = reading()
  await slots.use({}, async () => { // one is always in flight
    for (let i = 0; i < 9; i++) await second(10, 1)
    t.equal(slots.slots, 16)
    await second(10, 1)
  }, NEVER)
  t.equal(slots.slots, 8)
})

t.test('the time before the first read says nothing', async (t) => {
  const { slots, read, idle } = reading()
  for (let i = 0; i < 2; i++) await read(120, 1)
  idle(3_600_000)
  await read(120, 1)
  t.equal(slots.slots, 4)
})

t.test('never more reads than slots, fairly by job; one that fails gives its slot back', async (t) => {
  const { slots } = reading({ most: 2, least: 1 })
  const [a, b] = [{}, {}]
  const order: string[] = []
  let ends: Array<() => void> = []
  const hold = (job: object, name: string): Promise<void> => slots.use(job, () => {
    order.push(name)
    return new Promise((resolve, reject) => { ends.push(() => name === 'a2' ? reject(new Error(name)) : resolve()) })
  }, NEVER)
  const endAll = async (): Promise<void> => {
    const now = ends
    ends = []
    for (const end of now) end()
    await new Promise(setImmediate)
  }
  const all = Promise.allSettled([hold(a, 'a1'), hold(a, 'a2'), hold(a, 'a3'), hold(b, 'b1')])
  await new Promise(setImmediate)
  t.strictSame(order, ['a1', 'a2'])
  await endAll()
  t.strictSame(order.slice(2).sort(), ['a3', 'b1'])
  await endAll()
  t.strictSame((await all).map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
})
