import { readsOf } from './object-reads.js'
import { thereOf } from './found-file.js'
import type { FoundTorrent, VerifyParts } from './found-file.js'
import { placedReads } from './placed-reads.js'
import type { PlacedObject, Reads } from './placed-reads.js'

/**
 * All bytes of a torrent of version 1 as if they were one object: pads are zeros, and so is what is not there, whose
 * pieces nobody should ask for.
 */
export class StreamReads {
  readonly reads: Reads
  /** The file whose read has failed last. */
  failed: number | undefined

  /** @param size bytes that are read at most, from the first one on */
  constructor (parts: VerifyParts, torrent: FoundTorrent, size: number) {
    const placed = torrent.expected.files.flatMap(({ offset }, file): PlacedObject[] => {
      const described = torrent.found[file]
      const bytes = Math.min(thereOf(torrent, file), size - offset)
      if (described === undefined || bytes <= 0) return []
      const reads = readsOf(parts.origin, described.object, parts.requester, described.head, bytes)
      const noting: Reads = { ...reads, read: async (...part) => this.#noting(file, () => reads.read(...part)) }
      return [{ first: offset, last: offset + bytes - 1, reads: noting }]
    })
    this.reads = placedReads(placed, size)
  }

  async * #noting (file: number, read: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
    try {
      yield * await read()
    } catch (error) {
      this.failed = file
      throw error
    }
  }
}
