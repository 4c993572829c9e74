import t from 'tap'
import { AskedOnce } from '../../src/util/asked-once.js'

t.test('all who come before the answer share the question; who comes after it asks anew', async (t) => {
  const questions = new AskedOnce<number>()
  const answers: Array<(answer: number) => void> = []
  const ask = (name = 'a') => questions.ask(name, () => new Promise((resolve) => { answers.push(resolve) }))
  const [first, second, other] = [ask(), ask(), ask('b')]
  t.equal(answers.length, 2)
  answers[0]?.(1)
  answers[1]?.(2)
  t.strictSame(await Promise.all([first, second, other]), [1, 1, 2])
  const third = ask()
  t.equal(answers.length, 3)
  answers[2]?.(3)
  t.equal(await third, 3)
})

t.test('a question that fails has failed for all who share it, and for nobody else', async (t) => {
  const questions = new AskedOnce<number>()
  const failing = () => questions.ask('a', async () => { throw new Error('no') })
  await Promise.all([t.rejects(failing()), t.rejects(failing())])
  t.equal(await questions.ask('a', async () => 1), 1)
})
