/** What is kept of the hash tree (BEP 52) of one file that is not empty. */
export interface FileTree {
  /** Of the file, in bytes. */
  readonly length: number
  /** 32 bytes for each piece, as in `piece layers`; of a file of one piece its root. Nobody writes to it anymore. */
  readonly pieceLayer: Buffer
}

/** What a torrent of version 2, or of both versions, knows of the hash trees of its files. */
export interface HashTrees {
  /** In bytes: a power of two, 16 KiB or more. */
  readonly pieceLength: number
  /**
   * The tree with this root, whichever of equal files it is of; undefined: none. Peers ask for it again and again.
   * @param piecesRoot 32 bytes
   */
  treeOf (piecesRoot: Buffer): FileTree | undefined
}
