import t from 'tap'
import { compactEndpoint } from '../../../src/net/endpoint.js'
import { PeerList } from '../../../src/peers/memory/peer-list.js'
import { sample } from '../../../src/peers/memory/sample.js'

/** Peer `i`: an address of its own. */
const peer = (i: number): Buffer => compactEndpoint(Buffer.from([10, i >> 16, i >> 8, i]), 1000)
/** As lists look it up. */
const key = (i: number): string => peer(i).toString('latin1')
const keyAt = (address: Buffer, port: number): string => compactEndpoint(address, port).toString('latin1')
const hexes = (peers: Buffer, stride = 6): string[] => Array.from(
  { length: peers.length / stride }, (_, i) => peers.toString('hex', i * stride, (i + 1) * stride)
)

const heard = (seen: number, left = 0, client = 0) => ({ seen, left, client })

function sampled (lists: readonly PeerList[], count: number, without?: string): Buffer {
  const bytes = Buffer.alloc(6000, 'x')
  const from = 6
  const length = sample(lists, count, bytes, from, without)
  return bytes.subarray(from, from + length)
}

/** Peers from 0 to `size` - 1, in several lists. */
function listsOf (size: number, parts: number): PeerList[] {
  const lists = Array.from({ length: parts }, () => new PeerList(6))
  for (let i = 0; i < size; i++) lists[i % parts]?.put(key(i), heard(i))
  return lists
}

t.test('a sample: as many as are wanted, each once, without the one that asks, and another one every time',
  async (t) => {
    for (const [size, parts] of [
      [0, 1], [1, 1], [2, 1], [3, 1], [7, 1], [50, 1], [0, 0], [1, 3], [2, 2], [3, 2], [3, 4], [7, 3]
    ] as const) {
      const lists = listsOf(size, parts)
      const all = hexes(Buffer.concat(Array.from({ length: size }, (_, i) => peer(i))))
      for (const without of [undefined, ...Array.from({ length: size }, (_, i) => peer(i)), peer(999)]) {
        const others = all.filter((hex) => hex !== without?.toString('hex'))
        for (const count of new Set([0, 1, 2, size - 1, size, size + 5].filter((count) => count >= 0))) {
          const seen = new Set<string>()
          for (let i = 0; i < 30; i++) {
            const some = hexes(sampled(lists, count, without?.toString('latin1')))
            const right = some.length === Math.min(count, others.length) && new Set(
              some
            ).size === some.length && some.every(
              (hex) => others.includes(hex)
            )
            if (!right) {
              t.fail(`${count} of ${size} in ${parts} lists without ${without?.toString('hex')}: ${some.join()}`)
            }
            for (const hex of some) seen.add(hex)
          }
          if (count > 0 && size <= 3) {
            t.equal(seen.size, others.length, `${count} of ${size} in ${parts} lists: everybody's turn comes`)
          }
        }
      }
    }
  })

t.test('whoever comes and goes, the rest stays', async (t) => {
  const list = new PeerList(6)
  const model = new Map<number, number>()
  let random = 1
  for (let step = 0; step < 20_000; step++) {
    random = Math.imul(random ^ random >>> 15, 0x2c1b3c6d) + 0x9e3779b9 >>> 0
    const i = random % (step < 10_000 ? 300 : 40)
    if (random >>> 16 & 1) {
      list.put(key(i), heard(step))
      model.set(i, step)
    } else if (list.delete(key(i)) !== model.delete(i)) t.fail(`${i} in step ${step}`)
    if (step % 1000 === 999) {
      t.same(
        hexes(sampled([list], 1000)).sort(),
        [...model.keys()].map((i) => peer(i).toString('hex')).sort(),
        `${model.size} after ${step + 1} steps`
      )
      const before = step - 50
      const forgotten = list.silent(before).map((endpoint) => endpoint.toString('hex'))
      for (const endpoint of list.silent(before)) list.delete(endpoint.toString('latin1'))
      const silent = [...model].filter(([, seen]) => seen < before).map(([i]) => i)
      t.same(forgotten.sort(), silent.map((i) => peer(i).toString('hex')).sort(), 'the silent are forgotten')
      for (const i of silent) model.delete(i)
      t.equal(list.size, model.size)
    }
  }
})

t.test('put again: heard of again, and there once', async (t) => {
  const [list = new PeerList(6)] = listsOf(2, 1)
  list.put(key(0), heard(9, 7, 5))
  t.equal(list.size, 2)
  t.same(list.get(key(0)), heard(9, 7, 5))
  t.same(list.silent(9), [peer(1)])
  t.ok(list.delete(key(1)))
  t.notOk(list.delete(key(1)))
  t.same([list.get(key(0))?.left, list.get(key(1))], [7, undefined])
})

t.test('how many of a network', async (t) => {
  const four = new PeerList(6)
  for (const last of [1, 1, 2]) four.put(keyAt(Buffer.from([192, 0, 2, last]), 1000 + four.size), heard(0))
  t.same([1, 2, 3].map((last) => four.countOf(Buffer.from([192, 0, 2, last]))), [2, 1, 0])
  const six = new PeerList(18)
  const address = (network: number, host: number): Buffer => Buffer.from(
    [0x20, 1, 0x0d, 0xb8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host]
  )
  for (const host of [1, 2, 3]) six.put(keyAt(address(1, host), 1000), heard(0))
  six.put(keyAt(address(2, 1), 1000), heard(0))
  t.same([address(1, 9), address(2, 1), address(3, 1)].map((each) => six.countOf(each)), [3, 1, 0], 'of IPv6 a /64')
})
