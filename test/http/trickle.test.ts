import t from 'tap'
import { trickle } from '../../src/http/trickle.js'

const IDLE_MS = 10

/** A source that goes on when the reader lets it. */
function gate (): { opened: Promise<void>, open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => { open = resolve })
  return { opened, open }
}

t.test('bytes come while the source is silent, and none is lost or added', async (t) => {
  const { opened, open } = gate()
  async function * slowly (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(160, 'a')
    await opened
    yield Buffer.alloc(20, 'b')
  }
  const received: Buffer[] = []
  for await (const chunk of trickle(slowly(), IDLE_MS)) {
    received.push(chunk)
    if (received.length === 3) open() // after two that came while it was silent
  }
  t.equal(Buffer.concat(received).toString(), 'a'.repeat(160) + 'b'.repeat(20))
  t.same(received.slice(0, 3).map(({ length }) => length), [60, 1, 1], 'the first at once, but for the reserve')
})

t.test('what only fills the reserve up does not keep it silent', async (t) => {
  const { opened, open } = gate()
  async function * drops (): AsyncGenerator<Buffer> {
    for (let i = 0; i < 4; i++) yield Buffer.alloc(20, 'a')
    await opened
    yield Buffer.alloc(20, 'a')
  }
  const received: Buffer[] = []
  for await (const chunk of trickle(drops(), IDLE_MS)) {
    received.push(chunk)
    if (received.length === 3) open()
  }
  t.equal(Buffer.concat(received).toString(), 'a'.repeat(100))
  t.same(received.slice(0, 3).map(({ length }) => length), [1, 1, 1], 'a byte now and then, and the rest')
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
