import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { FairSlots } from '../../src/util/fair-slots.js'

const NEVER = new AbortController().signal
const settled = (): Promise<void> => sleep(5)

/** Takes a slot for each of these owners, and tells in what order they get theirs. */
function taking (slots: FairSlots<string>, owners: string[], signal = NEVER): {
  begun: string[]
  all: Promise<unknown>
} {
  const begun: string[] = []
  const all = Promise.allSettled(owners.map(async (owner) => {
    await slots.take(owner, signal)
    begun.push(owner)
  }))
  return { begun, all }
}

t.test('never more at once than there are slots, and all of them used', async (t) => {
  for (const count of [1, 2, 7]) {
    const slots = new FairSlots<string>(count)
    let running = 0
    let most = 0
    const results = await Promise.all(Array.from({ length: 50 }, (
      _, index
    ) => slots.use(`owner ${index % 3}`, async () => {
      most = Math.max(most, ++running)
      await sleep(index * 7 % 5)
      running--
      return index
    }, NEVER)))
    t.equal(most, count)
    t.same(results, Array.from({ length: 50 }, (_, index) => index), 'each gets its own result')
    t.same([slots.free, slots.waiting], [count, 0])
  }
})

t.test('one owner: in turn', async (t) => {
  const slots = new FairSlots<string>(1)
  const order: number[] = []
  await Promise.all(Array.from({ length: 10 }, (_, index) => slots.use('a', async () => { order.push(index) }, NEVER)))
  t.same(order, Array.from({ length: 10 }, (_, index) => index))
})

t.test('a slot is for the owner who has the fewest, then for who came first', async (t) => {
  const slots = new FairSlots<string>(3)
  const { begun } = taking(slots, ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'c'])
  await settled()
  t.same(begun, ['a', 'a', 'a'], 'who came first has what was free')
  t.same([slots.free, slots.waiting], [0, 5])
  slots.release('a')
  await settled()
  t.same(begun.slice(3), ['b'], 'b has none')
  slots.release('a')
  await settled()
  t.same(begun.slice(4), ['c'], 'nor has c; b has one, as a has')
  slots.release('a')
  await settled()
  t.same(begun.slice(5), ['a'], 'a has none anymore, b has one')
  slots.release('c')
  await settled()
  t.same(begun.slice(6), ['a'], 'a and b have one each: a came first')
  slots.release('a')
  await settled()
  t.same(begun.slice(7), ['b'])
})

t.test('who waits is not overtaken by who comes when a slot is handed on', async (t) => {
  const slots = new FairSlots<string>(1)
  const first = taking(slots, ['a', 'b'])
  await settled()
  slots.release('a')
  const second = taking(slots, ['c'])
  await settled()
  t.same([first.begun, second.begun], [['a', 'b'], []])
  slots.release('b')
  await settled()
  t.same(second.begun, ['c'])
})

t.test('who is aborted while waiting leaves the queue, and frees nothing', async (t) => {
  const slots = new FairSlots<string>(1)
  await slots.take('a', NEVER)
  const leaving = new AbortController()
  const left = slots.take('b', leaving.signal)
  const waiting = taking(slots, ['c'])
  leaving.abort(new Error('left'))
  await t.rejects(left, { message: 'left' })
  await settled()
  t.same([slots.free, slots.waiting, waiting.begun], [0, 1, []])
  slots.release('a')
  await settled()
  t.same(waiting.begun, ['c'], 'the slot is for the one who stayed')
  slots.release('c')
  t.same([slots.free, slots.waiting], [1, 0])
})

t.test('who is aborted before takes nothing', async (t) => {
  const slots = new FairSlots<string>(1)
  await t.rejects(slots.take('a', AbortSignal.abort(new Error('left'))), { message: 'left' })
  t.equal(slots.free, 1)
})

t.test('who is aborted when it has its slot keeps it until it gives it back', async (t) => {
  const slots = new FairSlots<string>(1)
  const abort = new AbortController()
  await slots.take('a', NEVER)
  const taken = slots.take('b', abort.signal)
  slots.release('a')
  await taken
  abort.abort(new Error('late'))
  t.equal(slots.free, 0)
  slots.release('b')
  t.equal(slots.free, 1)
})

t.test('work that throws gives its slot back', async (t) => {
  const slots = new FairSlots<string>(1)
  await t.rejects(slots.use('a', async () => { throw new Error('broken') }, NEVER), { message: 'broken' })
  await t.rejects(slots.use('a', () => { throw new Error('at once') }, NEVER), { message: 'at once' })
  t.equal(await slots.use('a', async () => 'free', NEVER), 'free')
  t.equal(slots.free, 1)
})

t.test('no listener is left on a signal', async (t) => {
  const slots = new FairSlots<string>(1)
  const { signal } = new AbortController()
  const warnings: Error[] = []
  const warn = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', warn)
  for (let round = 0; round < 20; round++) {
    await Promise.all([slots.use('a', settled, signal), slots.use('b', async () => {}, signal)])
  }
  await settled()
  process.off('warning', warn)
  t.same(warnings, [])
})

t.test('fewer slots: what is taken stays taken; more: those who wait begin', async (t) => {
  const slots = new FairSlots<string>(4)
  const { begun } = taking(slots, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  await settled()
  t.same(begun, ['a', 'b', 'c', 'd'])
  slots.slots = 2
  t.same([slots.slots, slots.free], [2, 0])
  slots.release('a')
  slots.release('b')
  await settled()
  t.equal(begun.length, 4, 'two are still taken')
  slots.release('c')
  await settled()
  t.same(begun.slice(4), ['e'])
  slots.slots = 4
  await settled()
  t.same(begun.slice(5), ['f', 'g'])
  for (const owner of ['d', 'e', 'f', 'g']) slots.release(owner)
  t.same([slots.slots, slots.free, slots.waiting], [4, 4, 0])
})
