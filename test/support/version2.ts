import { createHash } from 'node:crypto'
import bencode from 'bencode'
import type { FileTree, HashTrees } from '../../src/torrent/hash-trees.js'
import { leavesOf, pieceLayerOf, rootOf } from '../../src/torrent/merkle.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'

/** A torrent of one file that has version 2 (BEP 52), and version 1 with it where it is a hybrid. */
export interface Version2Torrent {
  /** The info dictionary. */
  readonly info: Buffer
  /** 20 bytes; of one that is no hybrid nobody asks for it. */
  readonly infoHash1: Buffer
  /** 32 bytes. */
  readonly infoHash2: Buffer
  readonly piecesRoot: Buffer
  readonly pieceLayer: Buffer
  readonly trees: HashTrees
  readonly digests: PieceDigests
}

/** @param pieceLength in bytes */
export function version2Torrent (
  content: Buffer, { pieceLength, hybrid = true }: { pieceLength: number, hybrid?: boolean }
): Version2Torrent {
  const name = 'file'
  const leaves = leavesOf(content)
  const piecesRoot = rootOf(leaves, 0)
  const pieceLayer = pieceLayerOf(leaves, pieceLength)
  const sha1: Buffer[] = []
  for (let at = 0; at < content.length; at += pieceLength) {
    sha1.push(createHash('sha1').update(content.subarray(at, at + pieceLength)).digest())
  }
  const digests = PieceDigests.of(Buffer.concat(sha1), 1)
  const info = Buffer.from(bencode.encode({
    'file tree': { [name]: { '': { length: content.length, 'pieces root': piecesRoot } } },
    ...hybrid ? { length: content.length } : {},
    'meta version': 2,
    name,
    'piece length': pieceLength,
    ...hybrid ? { pieces: digests.bytes } : {}
  }))
  const tree: FileTree = { length: content.length, pieceLayer }
  return {
    info,
    infoHash1: createHash('sha1').update(info).digest(),
    infoHash2: createHash('sha256').update(info).digest(),
    piecesRoot,
    pieceLayer,
    trees: { pieceLength, treeOf: (root) => root.equals(piecesRoot) ? tree : undefined },
    digests
  }
}
