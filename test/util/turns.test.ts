import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { Turns } from '../../src/util/turns.js'

/** Takes for `owner`, and says when it was its turn. */
function taking (turns: Turns<string>, given: string[], owner: string, bytes: number): void {
  const wait = turns.take(owner, bytes)
  if (wait === undefined) given.push(owner)
  else wait.then(() => given.push(owner), (error: Error) => t.fail(error))
}

t.test('what fits into a turn does not wait', async (t) => {
  const turns = new Turns<string>(100)
  const given: string[] = []
  for (let i = 0; i < 4; i++) taking(turns, given, 'a', 25)
  t.same(given, ['a', 'a', 'a', 'a'])
  await nextTurn()
  taking(turns, given, 'a', 1_000)
  t.equal(given.length, 5, 'and more than a turn holds is given too')
})

t.test('what does not waits for the next, an owner after the other', async (t) => {
  const turns = new Turns<string>(100)
  const given: string[] = []
  for (let i = 0; i < 50; i++) taking(turns, given, 'many', 50)
  taking(turns, given, 'one', 50)
  taking(turns, given, 'another', 50)
  t.same(given, ['many', 'many'])
  await nextTurn()
  t.same(given.slice(2), ['many', 'one'])
  await nextTurn()
  t.same(given.slice(4), ['another', 'many'])
  taking(turns, given, 'late', 50)
  t.equal(given.length, 6, 'nobody overtakes')
  await nextTurn()
  t.same(given.slice(6), ['many', 'late'])
  for (let i = 0; i < 30; i++) await nextTurn()
  t.equal(given.length, 53, 'and all have had theirs')
})

t.test('a turn that was too long is not paid back', async (t) => {
  const turns = new Turns<string>(100)
  const given: string[] = []
  for (let i = 0; i < 3; i++) taking(turns, given, 'a', 500)
  t.equal(given.length, 1)
  await nextTurn()
  t.equal(given.length, 2)
  await nextTurn()
  t.equal(given.length, 3)
})
