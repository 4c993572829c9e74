import t from 'tap'
import { FairShares } from '../../src/util/fair-shares.js'
import type { Sharer } from '../../src/util/fair-shares.js'

const NEVER = new AbortController().signal
const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

/** Takes slots one after the other until one has to be waited for; `begun` are those that were got. */
function taking (shares: FairShares, sharer: Sharer, count: number, signal = NEVER): {
  begun: Array<() => void>
  failed: unknown[]
} {
  const begun: Array<() => void> = []
  const failed: unknown[] = []
  for (let i = 0; i < count; i++) {
    shares.take(sharer, signal).then((release) => { begun.push(release) }, (error: unknown) => { failed.push(error) })
  }
  return { begun, failed }
}

const of = (group: string, member: string): Sharer => ({ group, member })

t.test('whoever comes new finds a slot, however many others hold', async (t) => {
  const shares = new FairShares(64)
  const held: number[] = []
  for (const member of ['a', 'b', 'c', 'd', 'e']) {
    const { begun } = taking(shares, of('', member), 100)
    await settled()
    held.push(begun.length)
  }
  t.same(held, [16, 8, 4, 2, 1], 'unsigned addresses: each a half of what is left of half of all')
  const keys: number[] = []
  for (const key of ['alice', 'bob', 'carol']) {
    const { begun } = taking(shares, of(key, 'a'), 100)
    await settled()
    keys.push(begun.length)
  }
  t.ok(keys.every((count) => count > 2), `keys: ${keys.join()}`)
  t.ok(shares.free > 0)
})

t.test('many members are one group beside another', async (t) => {
  const shares = new FairShares(64)
  const crowd = Array.from({ length: 1_000 }, (_, i) => taking(shares, of('', `address ${i}`), 4))
  await settled()
  const held = crowd.reduce((sum, { begun }) => sum + begun.length, 0)
  t.equal(held, 32, 'half of all')
  const { begun } = taking(shares, of('alice', 'a'), 4)
  await settled()
  t.equal(begun.length, 4, 'a key has its slots at once')
})

t.test('a slot that gets free is for the group with the fewest, then its member with the fewest, then who came first',
  async (t) => {
    const shares = new FairShares(4)
    const order: string[] = []
    const releases = new Map<string, () => void>()
    const enter = (name: string, sharer: Sharer): void => {
      shares.take(sharer, NEVER).then((release) => {
        order.push(name)
        releases.set(name, release)
      }, (error: unknown) => { t.fail(String(error)) })
    }
    enter('x1', of('x', '1'))
    enter('y1', of('y', '1'))
    enter('z1', of('z', '1'))
    enter('w1', of('w', '1'))
    await settled()
    t.same(order, ['x1', 'y1', 'z1', 'w1'])
    enter('x1 again', of('x', '1'))
    enter('x2', of('x', '2'))
    enter('v', of('v', '1'))
    enter('v later', of('v', '1'))
    await settled()
    t.equal(order.length, 4)
    releases.get('w1')?.()
    await settled()
    t.same(order.slice(4), ['v'], 'of whom none has any')
    releases.get('y1')?.()
    releases.get('z1')?.()
    await settled()
    t.same(
      order.slice(5), ['x2'],
      'the member with none, before one that came sooner; the last free slot is for somebody new'
    )
    t.equal(shares.free, 1)
  })

t.test('who gives up, and who has all they may have, leaves the rest as it was', async (t) => {
  const shares = new FairShares(8)
  const leaving = new AbortController()
  const { begun, failed } = taking(shares, of('', 'a'), 10, leaving.signal)
  await settled()
  t.same([begun.length, failed.length], [2, 0])
  leaving.abort(new Error('left'))
  await settled()
  t.same([failed.length, shares.free], [8, 6])
  await t.rejects(shares.take(of('', 'b'), leaving.signal), { message: 'left' })
  for (const release of begun) release()
  t.equal(shares.free, 8)
  const next = taking(shares, of('', 'a'), 10)
  await settled()
  t.equal(next.begun.length, 2, 'nobody who gave up is served')
  for (let i = 0; i < 8; i++) {
    next.begun[i]?.()
    await settled()
  }
  t.equal(next.begun.length, 10, 'in the end all are served')
})
