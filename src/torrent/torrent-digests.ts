import { encode } from './bencode/encode.js'
import type { FileTree, HashTrees } from './hash-trees.js'
import type { Layout } from './layout.js'
import { piecesRootOf } from './merkle.js'
import { PieceDigests } from './piece-digests.js'
import type { Gap } from './template.js'

/** Where the digests of a torrent's files are among those of its pieces. */
export interface DigestedLayout {
  readonly layout: Layout
  readonly pieceLength: number
}

/** What the digests of all pieces of a torrent say in it. */
export class TorrentDigests {
  readonly #torrent: DigestedLayout
  readonly #digests: PieceDigests
  #layers: Buffer | undefined

  constructor (torrent: DigestedLayout, digests: PieceDigests) {
    this.#torrent = torrent
    this.#digests = digests
  }

  /** What stands in a gap. */
  fill (gap: Gap): Buffer {
    switch (gap.gap) {
      case 'pieces': return this.#digests.sha1
      case 'root': return this.root(gap.file)
      case 'layers': return this.#written()
      case 'rest': return rest(gap.bytes - this.#written().length)
    }
  }

  /** `pieces root` of a file that is not empty (BEP 52). */
  root (file: number): Buffer {
    const layer = this.layer(file)
    return pieceCount(this.#torrent, file) === 1 ? layer : piecesRootOf(layer, this.#torrent.pieceLength)
  }

  /** The piece layer of a file; of a file of one piece, its root. */
  layer (file: number): Buffer {
    const { layout: { files }, pieceLength } = this.#torrent
    const first = (files[file]?.offset ?? 0) / pieceLength
    return this.#digests.slice(first, first + pieceCount(this.#torrent, file)).nodes
  }

  // Files of the same bytes have the same root, and one entry.
  #written (): Buffer {
    if (this.#layers !== undefined) return this.#layers
    const byRoot = new Map<string, Buffer>()
    for (const file of layeredFiles(this.#torrent)) {
      const root = this.root(file)
      byRoot.set(root.toString('latin1'), Buffer.concat([encode(root), encode(this.layer(file))]))
    }
    const sorted = [...byRoot].sort(([a], [b]) => a < b ? -1 : 1)
    this.#layers = Buffer.concat(sorted.map(([, entry]) => entry))
    return this.#layers
  }
}

/** Bytes inside the value of `piece layers` (BEP 52), where no two files are the same. */
export function layersBytes (torrent: DigestedLayout): number {
  const nodeBytes = PieceDigests.bytesOf({ size: 1, pieceLength: 1, metaVersion: 2 })
  return layeredFiles(torrent).reduce((sum, file) => {
    const bytes = pieceCount(torrent, file) * nodeBytes
    return sum + `${nodeBytes}:`.length + nodeBytes + `${bytes}:`.length + bytes
  }, 0)
}

function layeredFiles (torrent: DigestedLayout): number[] {
  return [...torrent.layout.files.keys()].filter((file) => pieceCount(torrent, file) > 1)
}

function pieceCount ({ layout: { files }, pieceLength }: DigestedLayout, file: number): number {
  return PieceDigests.piecesOf({ size: files[file]?.length ?? 0, pieceLength })
}

// The length of a torrent is said before it is known which files are the same: a last key, which nobody reads, takes
// the room that they leave.
const REST_KEYS = ['x-rest', 'x-rest2']

function rest (bytes: number): Buffer {
  if (bytes === 0) return Buffer.alloc(0)
  for (const key of REST_KEYS) {
    const room = bytes - encode(key).length
    for (let digits = 1; digits < room; digits++) {
      const length = room - digits - 1
      if (String(length).length === digits) return Buffer.concat([encode(key), encode('.'.repeat(length))])
    }
  }
  throw new RangeError(`no entry of a dictionary has ${bytes} bytes`)
}

/** The hash trees of the files (BEP 52) of a torrent that has a version 2. */
export function hashTreesOf (torrent: DigestedLayout, digests: PieceDigests): HashTrees {
  const torrentDigests = new TorrentDigests(torrent, digests)
  const byRoot = new Map<string, FileTree>()
  for (const [file, { length }] of torrent.layout.files.entries()) {
    if (length === 0) continue
    byRoot.set(torrentDigests.root(file).toString('latin1'), { length, pieceLayer: torrentDigests.layer(file) })
  }
  return { pieceLength: torrent.pieceLength, treeOf: (root) => byRoot.get(root.toString('latin1')) }
}
