import t from 'tap'
import { trickle } from '../../src/http/trickle.js'

async function * slowly (): AsyncGenerator<Buffer> {
  yield Buffer.alloc(160, 'a')
  await new Promise((resolve) => setTimeout(resolve, 7_000))
  yield Buffer.alloc(20, 'b')
}

t.test('bytes come while the source is silent, and none is lost or added', async (t) => {
  const received: Buffer[] = []
  for await (const chunk of trickle(slowly())) received.push(chunk)
  t.equal(Buffer.concat(received).toString(), 'a'.repeat(160) + 'b'.repeat(20))
  t.ok(received.filter((chunk) => chunk.length === 1).length >= 2, 'single bytes in between')
  t.equal(received[0]?.length, 60, 'the first chunk leaves at once, but for the reserve')
})

t.test('what only fills the reserve up does not keep it silent', async (t) => {
  async function * drops (): AsyncGenerator<Buffer> {
    for (let i = 0; i < 4; i++) {
      yield Buffer.alloc(20, 'a')
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    }
  }
  const received: Buffer[] = []
  for await (const chunk of trickle(drops())) received.push(chunk)
  t.equal(Buffer.concat(received).toString(), 'a'.repeat(80))
  t.ok(received.length >= 3, `${received.length} chunks: a byte every three seconds, and the rest`)
})

t.test('an error comes through, after what was ready', async (t) => {
  async function * broken (): AsyncGenerator<Buffer> { yield Buffer.alloc(160); throw new Error('cut') }
  const received: Buffer[] = []
  await t.rejects(async () => { for await (const chunk of trickle(broken())) received.push(chunk) }, { message: 'cut' })
  t.equal(Buffer.concat(received).length, 60, 'the reserve is not flushed: the body stays short')
})

t.test('whoever stops reading closes the source', async (t) => {
  let closed = false
  async function * source (): AsyncGenerator<Buffer> {
    try { for (;;) yield Buffer.alloc(160) } finally { closed = true }
  }
  const bytes = trickle(source())
  t.equal((await bytes.next()).done, false)
  await bytes.return(undefined)
  t.equal(closed, true)
})
