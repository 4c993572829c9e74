import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  BLOCK_BYTES, SHA256_BYTES, leavesOf, parentsOf, pieceHeightOf, pieceLayerOf, piecesRootOf, rootOf, zeroHash
} from '../../src/torrent/merkle.js'

interface Vector {
  readonly size: number
  readonly pieceLength: number
  readonly root: string
  /** Of one piece: ''. Of large files it is not kept. */
  readonly layer?: string
}

/** What libtorrent makes of such content: by merkle-vectors.py. */
const VECTORS = JSON.parse(
  readFileSync(new URL('merkle-vectors.json', import.meta.url), 'utf8')
) as readonly Vector[]

/** As merkle-vectors.py makes it. */
function content (size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i++) bytes[i] = (7 * i + 13 * (i >> 8) + 29 * (i >> 14)) % 251
  return bytes
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const hex = (nodes: Buffer): string => nodes.toString('hex')

t.test('roots and piece layers as libtorrent makes them', async (t) => {
  for (const { size, pieceLength, root, layer } of VECTORS) {
    const name = `${size} bytes in pieces of ${pieceLength}`
    const leaves = leavesOf(content(size))
    const pieceLayer = pieceLayerOf(leaves, pieceLength)
    t.equal(hex(rootOf(leaves, 0)), root, name)
    if (layer !== undefined) t.equal(hex(pieceLayer), size <= pieceLength ? root : layer, name)
    const isOnePiece = size <= pieceLength
    t.equal(hex(isOnePiece ? pieceLayer : piecesRootOf(pieceLayer, pieceLength)), root, name)
  }
  t.ok(VECTORS.length > 25)
})

t.test('a piece layer is made piece by piece as well', async (t) => {
  for (const { size, pieceLength, layer } of VECTORS.filter(({ layer }) => layer !== undefined && layer !== '')) {
    const bytes = content(size)
    const nodes: Buffer[] = []
    for (let at = 0; at < size; at += pieceLength) {
      nodes.push(rootOf(leavesOf(bytes.subarray(at, at + pieceLength)), 0, pieceLength / BLOCK_BYTES))
    }
    t.equal(hex(Buffer.concat(nodes)), layer, `${size} bytes in pieces of ${pieceLength}`)
  }
})

t.test('subtrees of missing leaves', async (t) => {
  t.same(zeroHash(0), Buffer.alloc(32))
  for (let height = 1; height <= 39; height++) {
    const child = zeroHash(height - 1)
    t.same(zeroHash(height), sha256(child, child), `${height}`)
  }
  for (const height of [-1, 0.5, 40, 2 ** 31, NaN, Infinity]) t.throws(() => zeroHash(height), RangeError)
})

t.test('parents of an odd number', async (t) => {
  const leaves = leavesOf(content(2 * BLOCK_BYTES + 1))
  t.equal(leaves.length, 3 * SHA256_BYTES)
  const node = (i: number): Buffer => leaves.subarray(i * SHA256_BYTES, (i + 1) * SHA256_BYTES)
  t.same(parentsOf(leaves, 0), Buffer.concat([sha256(node(0), node(1)), sha256(node(2), Buffer.alloc(32))]))
  t.same(parentsOf(leaves, 5), Buffer.concat([sha256(node(0), node(1)), sha256(node(2), zeroHash(5))]))
  t.same(parentsOf(Buffer.alloc(0), 0), Buffer.alloc(0))
})

t.test('the root of a tree that is wider than its nodes', async (t) => {
  const leaf = leavesOf(Buffer.from('x'))
  t.same(rootOf(leaf, 0), leaf)
  t.not(rootOf(leaf, 0), leaf, 'a copy')
  t.same(rootOf(leaf, 0, 4), sha256(sha256(leaf, zeroHash(0)), zeroHash(1)))
  t.same(rootOf(leaf, 3, 4), sha256(sha256(leaf, zeroHash(3)), zeroHash(4)))
  const kept = Buffer.from(leaf)
  rootOf(Buffer.concat([leaf, leaf, leaf]), 0)
  t.same(leaf, kept, 'nothing is written to what is given')
})

t.test('what is no layer', async (t) => {
  const leaves = leavesOf(content(5 * BLOCK_BYTES))
  t.throws(() => rootOf(Buffer.alloc(0), 0), RangeError)
  t.throws(() => rootOf(leaves.subarray(1), 0), RangeError)
  for (const width of [0, 4, 6, -8, NaN]) t.throws(() => rootOf(leaves, 0, width), RangeError, `${width}`)
  t.throws(() => rootOf(leaves, 38), RangeError, 'it would be too high')
  t.throws(() => parentsOf(leaves.subarray(1), 0), RangeError)
  t.equal(leavesOf(Buffer.alloc(0)).length, 0)
})

t.test('at which height pieces are', async (t) => {
  for (const [pieceLength, height] of [[16_384, 0], [32_768, 1], [65_536, 2], [16 * 1024 * 1024, 10]] as const) {
    t.equal(pieceHeightOf(pieceLength), height)
  }
})
