import { hash } from 'node:crypto'

/** Bytes of a block, whose hash is a leaf (BEP 52). The last one of a file may be shorter. */
export const BLOCK_BYTES = 16 * 1024
/** Bytes of a SHA-256 hash: of each node of a tree. */
export const SHA256_BYTES = 32
/** No file that a number can measure has a higher tree: 2^53 bytes are 2^39 blocks. */
export const MAX_HEIGHT = 39

// The hash trees of BEP 52: each file has one. Its leaves are hashes of blocks, its nodes are hashes of both
// children. It has as many leaves as the smallest power of two that holds all blocks. A layer is a flat Buffer
// of its nodes from the left on, without those at the right end that stand for missing leaves alone.

/** Of each height; those that were asked for. */
const zeroHashes: Buffer[] = [Buffer.alloc(SHA256_BYTES)]

/**
 * The hash of a subtree of 2^height missing leaves; a missing leaf is 32 zero bytes. It is shared: nobody writes to it.
 * @throws RangeError where there is no such height
 */
export function zeroHash (height: number): Buffer {
  if (!Number.isInteger(height) || height < 0 || height > MAX_HEIGHT) throw new RangeError(`no tree is ${height} high`)
  for (let i = zeroHashes.length; i <= height; i++) {
    const child = zeroHash(i - 1)
    zeroHashes.push(sha256(Buffer.concat([child, child])))
  }
  return zeroHashes[height] ?? Buffer.alloc(SHA256_BYTES)
}

/** The leaves of consecutive blocks: 32 bytes for each, also for the last one that is shorter. No bytes: no leaves. */
export function leavesOf (bytes: Uint8Array): Buffer {
  const leaves = Buffer.allocUnsafe(Math.ceil(bytes.length / BLOCK_BYTES) * SHA256_BYTES)
  for (let i = 0, at = 0; at < bytes.length; i++, at += BLOCK_BYTES) {
    sha256(bytes.subarray(at, at + BLOCK_BYTES)).copy(leaves, i * SHA256_BYTES)
  }
  return leaves
}

/** The smallest power of two that is not less. @param count 0 is as 1 */
export function widthOf (count: number): number {
  let width = 1
  while (width < count) width *= 2
  return width
}

/** How high a tree is that has so many leaves: 0 for one of them. @param width a power of two */
export const heightOf = (width: number): number => Math.round(Math.log2(width))

/** At which height the nodes are that stand for a piece. @param pieceLength in bytes: a power of two, 16 KiB or more */
export const pieceHeightOf = (pieceLength: number): number => heightOf(pieceLength / BLOCK_BYTES)

/**
 * The parents of a whole layer.
 * @param nodes where their number is odd, a subtree of missing leaves stands beside the last one
 * @param height of that layer; 0: leaves
 */
export function parentsOf (nodes: Buffer, height: number): Buffer {
  const parents = Buffer.allocUnsafe(Math.ceil(countOf(nodes) / 2) * SHA256_BYTES)
  writeParents(nodes, height, parents)
  return parents
}

/**
 * The root of a tree, or of a part of it.
 * @param nodes at least one, consecutive, of one layer @param height of that layer; 0: leaves
 * @param width nodes that the whole tree has in this layer, a power of two: what is missing at the right end are
 * subtrees of missing leaves. Of the last piece of a larger file it is the blocks of a whole piece.
 * @throws RangeError where there are no nodes, more than `width`, or the tree would be too high
 */
export function rootOf (nodes: Buffer, height: number, width: number = widthOf(countOf(nodes))): Buffer {
  let count = countOf(nodes)
  const top = height + heightOf(width)
  if (count === 0 || count > width || width !== widthOf(width) || top > MAX_HEIGHT) {
    throw new RangeError(`${count} nodes at height ${height} are no layer of a tree that is ${width} wide there`)
  }
  if (count === 1 && width === 1) return Buffer.from(nodes)
  const layer = Buffer.allocUnsafe(Math.ceil(count / 2) * SHA256_BYTES)
  let children = nodes
  for (let at = height; at < top; at++) {
    writeParents(children, at, layer)
    count = Math.ceil(count / 2)
    children = layer.subarray(0, count * SHA256_BYTES)
  }
  return Buffer.from(children)
}

/**
 * What the metainfo has of a file besides its root: one node for each piece. Of a file of at most one piece it is the
 * root, which is lower than the nodes of whole pieces, and which the metainfo does not repeat.
 * @param leaves all of the file, at least one @param pieceLength in bytes
 */
export function pieceLayerOf (leaves: Buffer, pieceLength: number): Buffer {
  const height = pieceHeightOf(pieceLength)
  if (countOf(leaves) <= 2 ** height) return rootOf(leaves, 0)
  let nodes = leaves
  for (let at = 0; at < height; at++) nodes = parentsOf(nodes, at)
  return nodes
}

/**
 * The `pieces root` of a file.
 * @param pieceLayer as `pieceLayerOf` gives it, or as it stands in the metainfo @param pieceLength in bytes
 */
export function piecesRootOf (pieceLayer: Buffer, pieceLength: number): Buffer {
  return rootOf(pieceLayer, pieceHeightOf(pieceLength))
}

function countOf (nodes: Buffer): number {
  const count = nodes.length / SHA256_BYTES
  if (!Number.isInteger(count)) throw new RangeError(`${nodes.length} bytes are not hashes`)
  return count
}

/** @param parents may be where `nodes` are: a parent is never behind its children */
function writeParents (nodes: Buffer, height: number, parents: Buffer): void {
  const both = 2 * SHA256_BYTES
  const whole = nodes.length - nodes.length % both
  for (let at = 0; at < whole; at += both) sha256(nodes.subarray(at, at + both)).copy(parents, at / 2)
  if (whole === nodes.length) return
  sha256(Buffer.concat([nodes.subarray(whole), zeroHash(height)])).copy(parents, whole / 2)
}

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')
