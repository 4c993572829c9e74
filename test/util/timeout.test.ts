import t from 'tap'
import { within, withDeadline } from '../../src/util/timeout.js'

const never = new Promise<never>(() => {})
const late = new Error('late')

t.test('within', async (t) => {
  t.equal(await within(Promise.resolve('there'), 60_000, 'late'), 'there')
  t.equal(await within(never, 1, 'late'), 'late')
  await t.rejects(within(Promise.reject(new Error('broken')), 60_000, 'late'), new Error('broken'))
})

t.test('within a signal', async (t) => {
  const controller = new AbortController()
  const waiting = within(never, 60_000, 'late', controller.signal)
  controller.abort(new Error('gone'))
  await t.rejects(waiting, new Error('gone'))
  await t.rejects(within(Promise.resolve(1), 60_000, 'late', controller.signal), new Error('gone'))
})

t.test('a deadline', async (t) => {
  const { signal } = new AbortController()
  t.equal(await withDeadline(60_000, late, signal, async () => 'there'), 'there')
  await t.rejects(withDeadline(60_000, late, signal, async () => { throw new Error('broken') }), new Error('broken'))
  await t.rejects(withDeadline(1, late, signal, ({ signal }) => rejected(signal)), late)
})

t.test('whoever is gone hears that, and not of the deadline', async (t) => {
  const controller = new AbortController()
  const asking = withDeadline(60_000, late, controller.signal, ({ signal }) => rejected(signal))
  controller.abort(new Error('gone'))
  await t.rejects(asking, new Error('gone'))
})

t.test('a deadline that was put off comes all the same', async (t) => {
  await t.rejects(withDeadline(1, late, new AbortController().signal, ({ signal, refresh }) => {
    refresh()
    return rejected(signal)
  }), late)
})

function rejected (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    else signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
}
