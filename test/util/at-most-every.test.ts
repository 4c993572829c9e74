import t from 'tap'
import { atMostEvery } from '../../src/util/at-most-every.js'

t.test('however often it is called, it asks once in the time, which begins when it is made', async (t) => {
  let now = 5
  const asked: number[] = []
  const call = atMostEvery(10, async () => { asked.push(now) }, () => now)
  for (now of [5, 15, 16, 16, 26, 27]) await call()
  t.strictSame(asked, [16, 27])
})

t.test('the caller that made it ask hears of the failure', async (t) => {
  let now = 0
  const call = atMostEvery(10, () => Promise.reject(new Error('private')), () => now)
  await call()
  now = 11
  await t.rejects(async () => { await call() }, new Error('private'))
  await call()
})
