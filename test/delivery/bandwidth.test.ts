import t from 'tap'
import { Bandwidth } from '../../src/delivery/bandwidth.js'

const forEver = new AbortController().signal

async function seconds (work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

t.test('no limit: nobody waits, and nothing is kept of anybody', async (t) => {
  const bandwidth = new Bandwidth({ total: 0, perClient: 0 })
  t.ok(bandwidth.unlimited)
  await bandwidth.take('a', 1e15, forEver)
  bandwidth.close()
})

// A burst of a quarter of a second is allowed: 1.5 s of bytes take 1.25 s at least. How much more is the machine's
// affair.
t.test('the total is for all together', async (t) => {
  const bandwidth = new Bandwidth({ total: 1000, perClient: 0 })
  t.ok(await seconds(() => Promise.all(['a', 'b', 'c'].map((client) => bandwidth.take(client, 500, forEver)))) > 1.2)
  bandwidth.close()
})

t.test("a client's own limit is its own", async (t) => {
  const bandwidth = new Bandwidth({ total: 0, perClient: 1000 })
  t.ok(await seconds(() => Promise.all([500, 500, 500].map((bytes) => bandwidth.take('a', bytes, forEver)))) > 1.2)
  let waited = false
  const other = bandwidth.take('b', 200, forEver).then(() => { waited = true })
  await new Promise((resolve) => { setImmediate(resolve) })
  t.ok(waited, 'another one has nothing to wait for')
  await other
  bandwidth.close()
})

t.test('who leaves waits no longer', async (t) => {
  const bandwidth = new Bandwidth({ total: 1, perClient: 0 })
  const leaving = new AbortController()
  const waiting = bandwidth.take('a', 1000, leaving.signal)
  leaving.abort()
  await t.rejects(waiting, { name: 'AbortError' })
  bandwidth.close()
})
