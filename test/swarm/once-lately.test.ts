import t from 'tap'
import { OnceLately } from '../../src/swarm/once-lately.js'

/** An action that is done when it is told so. */
function action () {
  let count = 0
  let end: (hasSucceeded: boolean) => void = () => {}
  return {
    get count () { return count },
    end: (hasSucceeded = true) => end(hasSucceeded),
    run: () => {
      count++
      return new Promise<boolean>((resolve) => { end = resolve })
    }
  }
}

t.test('at the same time, and a moment later, it is done once; everybody waits for it', async (t) => {
  const once = new OnceLately()
  const noting = action()
  let done = 0
  const all = Array.from({ length: 5 }, () => once.do('name', noting.run).then(() => { done++ }))
  const other = once.do('other', async () => true)
  await other
  t.equal(noting.count, 1)
  t.equal(done, 0, 'not before it is done')
  noting.end()
  await Promise.all(all)
  await once.do('name', noting.run)
  t.equal(noting.count, 1)
})

t.test('what did not succeed, or threw, is done again', async (t) => {
  const once = new OnceLately()
  const noting = action()
  const first = once.do('name', noting.run)
  noting.end(false)
  await first
  await t.rejects(once.do('name', () => Promise.reject(new Error('no'))), { message: 'no' })
  const last = once.do('name', noting.run)
  t.equal(noting.count, 2)
  noting.end()
  await last
})

t.test('what is undone while it is done is done again at once, and the first one says nothing of the second',
  async (t) => {
    const once = new OnceLately()
    const [before, after, later] = [action(), action(), action()]
    const first = once.do('name', before.run)
    once.undo('name')
    const second = once.do('name', after.run)
    before.end()
    await first
    t.equal(after.count, 1)
    const third = once.do('name', later.run)
    t.equal(later.count, 0, 'it joins the second, which the first one has not taken away')
    after.end()
    await Promise.all([second, third])
    once.undo('name')
    const fourth = once.do('name', later.run)
    t.equal(later.count, 1)
    later.end()
    await fourth
  })
