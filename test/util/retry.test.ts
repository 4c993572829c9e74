import t from 'tap'
import { Backoff, retry } from '../../src/util/retry.js'

const pauses = { firstMs: 1, longestMs: 4 }
const { signal } = new AbortController()

t.test('pauses double up to the longest, and begin anew after a success', async (t) => {
  for (const { random, expected } of [
    { random: 1, expected: [100, 200, 400, 500, 500] },
    { random: 0, expected: [50, 100, 200, 250, 250] }
  ]) {
    const backoff = new Backoff({ firstMs: 100, longestMs: 500 }, () => random)
    t.strictSame(expected.map(() => backoff.next()), expected)
    backoff.reset()
    t.equal(backoff.next(), expected[0])
  }
})

t.test('tries until it goes well', async (t) => {
  let tries = 0
  const told: number[] = []
  const answer = await retry(async () => {
    if (++tries < 4) throw new Error(`try ${tries}`)
    return 'there'
  }, {
    pauses,
    signal,
    again: (error, pauseMs, tries) => {
      t.match(error, { message: `try ${tries}` })
      t.ok(pauseMs > 0 && pauseMs <= pauses.longestMs)
      told.push(tries)
      return true
    }
  })
  t.equal(answer, 'there')
  t.strictSame(told, [1, 2, 3])
})

t.test('the last error is thrown where there is no other try', async (t) => {
  let tries = 0
  const trying = retry(async () => { throw new Error(`try ${++tries}`) }, {
    pauses, signal, again: (_error, _pauseMs, tries) => tries < 3
  })
  await t.rejects(trying, new Error('try 3'))
})

t.test('a signal ends the pause, and the tries', async (t) => {
  const controller = new AbortController()
  const trying = retry(async () => { throw new Error('broken') }, {
    pauses: { firstMs: 60_000, longestMs: 60_000 },
    signal: controller.signal,
    again: () => {
      setImmediate(() => controller.abort(new Error('gone')))
      return true
    }
  })
  await t.rejects(trying, new Error('gone'))
  let asked = 0
  await t.rejects(retry(async () => { throw new Error('broken') }, {
    pauses, signal: controller.signal, again: () => { asked++; return true }
  }), new Error('gone'))
  t.equal(asked, 0)
})
