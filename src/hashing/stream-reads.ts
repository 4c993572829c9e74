import { readsOf } from './object-reads.js'
import type { HashableObject } from './hashable-object.js'
import { thereOf } from './found-file.js'
import type { FoundTorrent, VerifyParts } from './found-file.js'

/** A part of all bytes of a torrent: of one file, or zeros. `last` is inclusive. */
interface Span {
  readonly file: number | undefined
  /** Of its first byte, in the file. */
  readonly at: number
  readonly last: number
}

const ZEROS = Buffer.alloc(64 * 1024)

/**
 * All bytes of a torrent of version 1 as if they were one object: pads are zeros, and so is what is not there, whose
 * pieces nobody should ask for.
 */
export class StreamReads {
  readonly #parts: VerifyParts
  readonly #torrent: FoundTorrent
  /** Indexes of the files that have bytes, in order. */
  readonly #files: readonly number[]
  readonly #size: number
  /** The file whose read has failed last. */
  failed: number | undefined

  /** @param size bytes that are read at most, from the first one on */
  constructor (parts: VerifyParts, torrent: FoundTorrent, size: number) {
    this.#parts = parts
    this.#torrent = torrent
    this.#size = size
    this.#files = [...torrent.expected.files.keys()].filter((file) => this.#bytesOf(file) > 0)
  }

  get reads (): Pick<HashableObject, 'direct' | 'read'> {
    const { found } = this.#torrent
    return {
      // As packReads: a thread reads nothing that is not pinned.
      ...this.#files.every((file) => found[file]?.head.etag !== '') && {
        direct: async (first, last) => {
          const span = this.#spanAt(first, last)
          const direct = this.#readsOf(span.file)?.direct
          return direct === undefined
            ? { kind: 'zeros', bytes: span.last - first + 1 }
            : direct(span.at, span.at + span.last - first)
        }
      },
      read: async (first, last, signal) => this.#read(first, last, signal)
    }
  }

  async * #read (first: number, last: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (let position = first; position <= last;) {
      const span = this.#spanAt(position, last)
      const bytes = span.last - position + 1
      const reads = this.#readsOf(span.file)
      if (reads === undefined) {
        for (let left = bytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left)
      } else {
        try {
          yield * await reads.read(span.at, span.at + bytes - 1, signal)
        } catch (error) {
          this.failed = span.file
          throw error
        }
      }
      position += bytes
    }
  }

  #spanAt (position: number, last: number): Span {
    const index = this.#lastAt(position)
    const file = this.#files[index]
    const start = file === undefined ? 0 : this.#torrent.expected.files[file]?.offset ?? 0
    const end = file === undefined ? 0 : start + this.#bytesOf(file)
    if (position < end) return { file, at: position - start, last: Math.min(last, end - 1) }
    const next = this.#files[index + 1]
    const nextStart = next === undefined ? Infinity : this.#torrent.expected.files[next]?.offset ?? Infinity
    return { file: undefined, at: 0, last: Math.min(last, nextStart - 1) }
  }

  #bytesOf (file: number): number {
    return Math.min(thereOf(this.#torrent, file), this.#size - (this.#torrent.expected.files[file]?.offset ?? 0))
  }

  /** The index in `files` of the last one that begins at this byte or before it; -1: none does. */
  #lastAt (position: number): number {
    const { files } = this.#torrent.expected
    let [low, high] = [-1, this.#files.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((files[this.#files[middle] ?? 0]?.offset ?? 0) <= position) low = middle
      else high = middle - 1
    }
    return low
  }

  #readsOf (file: number | undefined): Pick<HashableObject, 'direct' | 'read'> | undefined {
    const described = file === undefined ? undefined : this.#torrent.found[file]
    if (file === undefined || described === undefined) return undefined
    const { origin, requester } = this.#parts
    return readsOf(origin, described.object, requester, described.head, this.#bytesOf(file))
  }
}
