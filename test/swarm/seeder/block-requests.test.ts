import t from 'tap'
import { BlockRequests } from '../../../src/swarm/seeder/block-requests.js'
import type { BlockRequest } from '../../../src/swarm/seeder/block-requests.js'

const block = (index: number): BlockRequest => ({ index, offset: 0, length: 1 })

t.test('the oldest first, also after some were deleted, and after it was empty', async (t) => {
  const requests = new BlockRequests()
  t.equal(requests.take(), undefined)
  for (const index of [1, 2, 3, 4]) requests.add(block(index))
  t.same([requests.take(), requests.delete(block(3)), requests.size], [block(1), true, 2])
  requests.add(block(5))
  t.same(
    [requests.take(), requests.take(), requests.take(), requests.take()], [block(2), block(4), block(5), undefined]
  )
  requests.add(block(6))
  t.same([requests.take(), requests.take(), requests.size], [block(6), undefined, 0])
})

t.test('of equal ones the oldest is deleted', async (t) => {
  const requests = new BlockRequests()
  for (const index of [1, 2, 1, 3]) requests.add(block(index))
  t.ok(requests.delete(block(1)))
  t.same([requests.take(), requests.take()], [block(2), block(1)])
  t.notOk(requests.delete(block(1)), 'it was taken')
  t.notOk(requests.delete({ ...block(3), length: 2 }))
  t.same(requests.clear(), [block(3)])
  t.same([requests.size, requests.take(), requests.delete(block(3))], [0, undefined, false])
  requests.add(block(4))
  t.same(requests.take(), block(4))
})

t.test('against a list, with anything', async (t) => {
  const requests = new BlockRequests()
  let list: BlockRequest[] = []
  for (let step = 0; step < 20_000; step++) {
    const some = block(step * 7919 % 13)
    const what = step * 104_729 % 17
    if (what < 8) {
      requests.add(some)
      list.push(some)
    } else if (what < 12) {
      const at = list.findIndex(({ index }) => index === some.index)
      if (requests.delete(some) !== (at >= 0)) t.fail(`delete, step ${step}`)
      if (at >= 0) list.splice(at, 1)
    } else if (what < 16) {
      if (requests.take()?.index !== list.shift()?.index) t.fail(`take, step ${step}`)
    } else if (step % 1_000 === 0) {
      t.same(requests.clear(), list)
      list = []
    }
  }
  t.same(requests.clear(), list)
})
