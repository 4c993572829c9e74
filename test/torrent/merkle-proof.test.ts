import { createHash } from 'node:crypto'
import t from 'tap'
import { SHA256_BYTES, parentsOf, rootOf } from '../../src/torrent/merkle.js'
import { hashesAndProof } from '../../src/torrent/merkle-proof.js'
import type { HashRange, TreeLayers } from '../../src/torrent/merkle-proof.js'

const sha256 = (...parts: readonly Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
const missing = (height: number): Buffer =>
  height === 0 ? Buffer.alloc(32) : sha256(missing(height - 1), missing(height - 1))
const HEIGHT = 2

/** A tree whose lowest layer, at HEIGHT, has so many nodes. */
function tree (count: number): TreeLayers {
  const layers: Buffer[] = [Buffer.concat(Array.from({ length: count }, (_, i) => sha256(Buffer.from(`node ${i}`))))]
  for (let last = layers[0]; last !== undefined && last.length > SHA256_BYTES; last = layers.at(-1)) {
    layers.push(parentsOf(last, HEIGHT + layers.length - 1))
  }
  return { height: HEIGHT, layers }
}

/** The whole tree, level by level from HEIGHT on, with every missing node: as a textbook has it. */
function whole ({ layers: [lowest = Buffer.alloc(0)] }: TreeLayers): Buffer[][] {
  const nodes: Buffer[] = Array.from({ length: lowest.length / 32 }, (_, i) => lowest.subarray(32 * i, 32 * i + 32))
  while (!Number.isInteger(Math.log2(nodes.length))) nodes.push(missing(HEIGHT))
  const levels: Buffer[][] = [nodes]
  for (let level: Buffer[] = nodes; level.length > 1; levels.push(level)) {
    const children = level
    level = []
    for (let i = 0; i < children.length; i += 2) {
      level.push(sha256(children[i] ?? Buffer.alloc(0), children[i + 1] ?? Buffer.alloc(0)))
    }
  }
  return levels
}

/** Climbs from an answer. @returns the node that it proves, and how high and where that is */
function climb ({ height, index, length }: HashRange, answer: Buffer): { node: Buffer, height: number, index: number } {
  let nodes: Buffer[] = []
  for (let i = 0; i < length; i++) nodes.push(answer.subarray(32 * i, 32 * i + 32))
  while (!Number.isInteger(Math.log2(nodes.length))) nodes.push(missing(height))
  let at = height
  let where = index
  while (nodes.length > 1) {
    const parents: Buffer[] = []
    for (let i = 0; i < nodes.length; i += 2) {
      parents.push(sha256(nodes[i] ?? Buffer.alloc(0), nodes[i + 1] ?? Buffer.alloc(0)))
    }
    nodes = parents
    at++
    where = Math.floor(where / 2)
  }
  let node = nodes[0] ?? Buffer.alloc(0)
  for (let offset = 32 * length; offset < answer.length; offset += 32) {
    const uncle = answer.subarray(offset, offset + 32)
    node = where % 2 === 0 ? sha256(node, uncle) : sha256(uncle, node)
    at++
    where = Math.floor(where / 2)
  }
  return { node, height: at, index: where }
}

/** As libtorrent counts them, and closes the connection where there are others. */
const unclesOf = ({ length, proofLayers }: HashRange): number =>
  Math.max(0, proofLayers - (Math.ceil(Math.log2(length)) - 1))

t.test('every range of small trees, to whichever layer it is proven', async (t) => {
  for (const count of [2, 3, 4, 5, 7, 8, 9]) {
    const some = tree(count)
    const levels = whole(some)
    let ranges = 0
    for (let level = 0; level < levels.length - 1; level++) {
      const nodes = Math.ceil(count / 2 ** level)
      const width = levels[level]?.length ?? 0
      for (let length = 1; length <= width; length++) {
        const step = 2 ** Math.ceil(Math.log2(length))
        for (let index = 0; index + length <= width; index += step) {
          if (length !== step && index + length !== nodes) continue // it would not end with the layer
          for (let proofLayers = 0; level + proofLayers < levels.length - 1; proofLayers++) {
            const range = { height: HEIGHT + level, index, length, proofLayers }
            const answer = hashesAndProof(some, range)
            const name = `${count} nodes, ${JSON.stringify(range)}`
            if (answer === undefined) {
              t.fail(name)
              continue
            }
            if (answer.length !== 32 * (length + unclesOf(range))) t.fail(`${name}: ${answer.length} bytes`)
            const { node, height, index: where } = climb(range, answer)
            if (levels[height - HEIGHT]?.[where]?.equals(node) !== true) t.fail(`${name}: proves nothing`)
            ranges++
          }
        }
      }
    }
    t.ok(ranges > count, `${ranges} ranges of ${count} nodes`)
  }
})

t.test('what libtorrent asks for of files of many pieces', async (t) => {
  for (const [count, requests] of Object.entries({
    512: [[0, 512, 8]],
    513: [[0, 512, 9], [512, 1, 9]],
    600: [[0, 512, 9], [512, 128, 9]],
    1025: [[0, 512, 10], [512, 512, 10], [1024, 1, 10]]
  })) {
    const some = tree(Number(count))
    const root = rootOf(some.layers[0] ?? Buffer.alloc(0), HEIGHT)
    for (const [index = 0, length = 0, proofLayers = 0] of requests) {
      const range = { height: HEIGHT, index, length, proofLayers }
      const answer = hashesAndProof(some, range) ?? Buffer.alloc(0)
      t.equal(answer.length, 32 * (length + unclesOf(range)))
      t.same(climb(range, answer).node, root, `${length} from ${index} of ${count}`)
    }
  }
})

t.test('what is not in a tree', async (t) => {
  const range = { height: HEIGHT, index: 0, length: 2, proofLayers: 1 }
  const of = (count: number, other: Partial<HashRange>): Buffer | undefined =>
    hashesAndProof(tree(count), { ...range, ...other })
  t.ok(of(5, {}))
  for (const other of [
    { height: 0 }, { height: HEIGHT - 1 }, { height: 5 }, { height: 200 }, { height: 2 ** 32 - 1 },
    { index: 1 }, { index: 3 }, { index: 8 }, { index: 2 ** 31 }, { index: 2 ** 32 - 2 }, { index: 4, length: 8 },
    { length: 0 }, { length: 3 }, { length: 6 }, { length: 16 }, { length: 2 ** 31 }, { length: 2 ** 32 - 1 },
    { proofLayers: 3 }, { proofLayers: 2 ** 31 }, { proofLayers: 2 ** 32 - 1 }, { height: 4, proofLayers: 1 },
    { height: 4, length: 4 }
  ]) t.equal(of(5, other), undefined, JSON.stringify(other))
  t.equal(of(1, {}), undefined, 'the root alone has no request')
  t.equal(of(1, { length: 1, proofLayers: 0 }), undefined)
  t.ok(of(2048, { length: 512, proofLayers: 10 }))
  t.equal(of(2048, { length: 1024, proofLayers: 10 }), undefined, 'more than BEP 52 says')
  t.ok(of(600, { index: 512, length: 88, proofLayers: 9 }), 'a part that ends with its layer')
  t.equal(of(600, { index: 512, length: 89, proofLayers: 9 }), undefined)
})
