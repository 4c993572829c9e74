import { setImmediate as nextTurn } from 'node:timers/promises'
import type { HashTrees } from '../../torrent/hash-trees.js'
import { SHA256_BYTES, parentsOf, pieceHeightOf } from '../../torrent/merkle.js'
import { hashesAndProof, isInLayers } from '../../torrent/merkle-proof.js'
import type { HashRange } from '../../torrent/merkle-proof.js'

/** What a torrent of version 2 (BEP 52), or of both versions, has besides. */
export interface Version2 {
  /** The first 20 bytes of the info hash of version 2. */
  readonly infoHash: Buffer
  readonly trees: HashTrees
}

/** Nodes of a layer, an even number, whose parents are made in one turn: in half a millisecond. */
const TURN_BYTES = 1024 * SHA256_BYTES

/**
 * The hash trees of one torrent (BEP 52) as peers ask for them: the piece layers, and what is above. Blocks have no
 * hashes here.
 *
 * What is above a piece layer is made for the first request of it, and kept as long as the torrent: without that 49
 * bytes of a peer would cost a hash for each piece. It has as many bytes as the piece layers of the files that were
 * asked for.
 */
export class TorrentHashes {
  /** The first 20 bytes of it. */
  readonly infoHash: Buffer
  readonly #trees: HashTrees
  readonly #height: number
  /** The layers above the piece layer up to the root, by the root in hexadecimal digits. */
  readonly #above = new Map<string, Promise<readonly Buffer[]>>()

  constructor ({ infoHash, trees }: Version2) {
    this.infoHash = infoHash
    this.#trees = trees
    this.#height = pieceHeightOf(trees.pieceLength)
  }

  /** As `hashesAndProof`. @param piecesRoot 32 bytes @returns undefined also where no file has this root */
  async answer (piecesRoot: Buffer, range: HashRange): Promise<Buffer | undefined> {
    const tree = this.#trees.treeOf(piecesRoot)
    if (tree === undefined || !isInLayers(this.#height, tree.pieceLayer.length, range)) return undefined
    const hex = piecesRoot.toString('hex')
    const above = this.#above.get(hex) ?? layersAbove(tree.pieceLayer, this.#height)
    this.#above.set(hex, above)
    return hashesAndProof({ height: this.#height, layers: [tree.pieceLayer, ...await above] }, range)
  }
}

/** Others have their turn meanwhile. */
async function layersAbove (layer: Buffer, height: number): Promise<Buffer[]> {
  const layers: Buffer[] = []
  let nodes = layer
  for (let at = height; nodes.length > SHA256_BYTES; at++) {
    const parents: Buffer[] = []
    for (let begin = 0; begin < nodes.length; begin += TURN_BYTES) {
      if (begin > 0) await nextTurn()
      parents.push(parentsOf(nodes.subarray(begin, begin + TURN_BYTES), at))
    }
    nodes = Buffer.concat(parents)
    layers.push(nodes)
  }
  return layers
}
