import t from 'tap'
import { BlockRequests } from '../../../src/swarm/seeder/block-requests.js'
import type { BlockRequest } from '../../../src/swarm/seeder/block-requests.js'

const block = (index: number): BlockRequest => ({ index, offset: 0, length: 1 })
const bare = (request: BlockRequest | undefined): BlockRequest | undefined => request && {
  index: request.index, offset: request.offset, length: request.length
}
const taken = (requests: BlockRequests, count: number): Array<BlockRequest | undefined> =>
  Array.from({ length: count }, () => bare(requests.take()))

t.test('the oldest first, also after some were deleted, and after it was empty', async (t) => {
  const requests = new BlockRequests()
  t.equal(requests.take(), undefined)
  for (const index of [1, 2, 3, 4]) requests.add(block(index))
  t.same([...taken(requests, 1), requests.delete(block(3)), requests.size], [block(1), true, 2])
  requests.add(block(5))
  t.same(
    taken(requests, 4), [block(2), block(4), block(5), undefined]
  )
  requests.add(block(6))
  t.same([...taken(requests, 2), requests.size], [block(6), undefined, 0])
})

t.test('of equal ones the oldest is deleted', async (t) => {
  const requests = new BlockRequests()
  for (const index of [1, 2, 1, 3]) requests.add(block(index))
  t.ok(requests.delete(block(1)))
  t.same(taken(requests, 2), [block(2), block(1)])
  t.notOk(requests.delete(block(1)), 'it was taken')
  t.notOk(requests.delete({ ...block(3), length: 2 }))
  t.same(requests.clear().map(bare), [block(3)])
  t.same([requests.size, requests.take(), requests.delete(block(3))], [0, undefined, false])
  requests.add(block(4))
  t.same(taken(requests, 1), [block(4)])
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
    } else if (step % 100 !== 0) {
      if (requests.oldest?.index !== list[0]?.index || requests.size !== list.length) t.fail(`oldest, step ${step}`)
      if ([...requests].map(({ index }) => index).join() !== list.map(({ index }) => index).join()) {
        t.fail(`all, step ${step}`)
      }
    } else {
      t.same(requests.clear().map(bare), list)
      list = []
    }
  }
  t.same(requests.clear().map(bare), list)
})
