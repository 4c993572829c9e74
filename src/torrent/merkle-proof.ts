import { SHA256_BYTES, heightOf, widthOf, zeroHash } from './merkle.js'

/** Consecutive nodes of one layer of a tree, and what proves them: the numbers of a `hash request` (BEP 52). */
export interface HashRange {
  /** Layers above the leaves: the base layer. */
  readonly height: number
  /** The first node, from the left end of its layer; a multiple of `length`. */
  readonly index: number
  /** Nodes. A power of two, or fewer where the layer ends: then it counts as the next power of two. */
  readonly length: number
  /** Layers above the base layer, up to which there is proof. */
  readonly proofLayers: number
}

/** The layers of one tree, as far as they are known. */
export interface TreeLayers {
  /** Of the lowest layer; 0: leaves. */
  readonly height: number
  /** From the lowest one to the root, each of at least one node. */
  readonly layers: readonly Buffer[]
}

/** BEP 52: more should not be asked for. */
const MAX_HASHES = 512

/**
 * What a `hashes` message has behind its numbers (BEP 52): the nodes, and of each further layer the one uncle that is
 * needed to compute the next node towards the root. Layers whose nodes all follow from the range have no uncle.
 * @returns undefined where the range is not in these layers, or none that BEP 52 allows
 */
export function hashesAndProof (tree: TreeLayers, range: HashRange): Buffer | undefined {
  if (!isInLayers(tree.height, tree.layers[0]?.length ?? 0, range)) return undefined
  const { height, index, length, proofLayers } = range
  const known = nodesAt(tree, height, index, length)
  const nodes = [known]
  for (let i = known.length / SHA256_BYTES; i < length; i++) nodes.push(zeroHash(height))
  for (let layers = heightOf(widthOf(length)); layers <= proofLayers; layers++) {
    const ancestor = Math.floor(index / 2 ** layers)
    const uncle = nodesAt(tree, height + layers, ancestor % 2 === 0 ? ancestor + 1 : ancestor - 1, 1)
    nodes.push(uncle.length === 0 ? zeroHash(height + layers) : uncle)
  }
  return Buffer.concat(nodes)
}

/**
 * Whether a range is one that BEP 52 allows, in the layers from one on.
 * @param lowest height of that layer @param bytes of its nodes
 */
export function isInLayers (
  lowest: number, bytes: number, { height, index, length, proofLayers }: HashRange
): boolean {
  const nodes = bytes / SHA256_BYTES
  const top = lowest + heightOf(widthOf(nodes))
  // The root has no uncle, and is in the metainfo.
  if (height < lowest || height >= top || proofLayers >= top - height) return false
  if (length === 0 || length > MAX_HASHES || index + length > 2 ** (top - height)) return false
  const width = widthOf(length)
  return index % width === 0 && (length === width || index + length === Math.ceil(nodes / 2 ** (height - lowest)))
}

/** Nodes of a layer that is known, as far as the layer holds them: not those below which all leaves are missing. */
function nodesAt ({ height: lowest, layers }: TreeLayers, height: number, index: number, count: number): Buffer {
  const layer = layers[height - lowest] ?? Buffer.alloc(0)
  return layer.subarray(index * SHA256_BYTES, (index + count) * SHA256_BYTES)
}
