import type { ByteSink } from '../objects/byte-sink.js'
import type { Part } from '../objects/objects.js'
import type { Turns } from '../util/turns.js'
import type { Bandwidth } from './bandwidth.js'
import { CHUNK_BYTES } from './chunk.js'
import type { Chunk } from './chunk.js'
import type { ChunkCache, Load } from './chunk-cache.js'
import type { Content } from './content.js'
import type { Pins } from './pins.js'
import { ReadAhead } from './read-ahead.js'

export interface Recipient {
  /** The address that the bandwidth is counted for. */
  readonly client: string
  /** Asked before each slice, which is sent when the promise has resolved, or at once. @throws what ends it all */
  readonly beforeSlice: () => Promise<unknown> | undefined
}

export interface PouringParts {
  readonly cache: ChunkCache
  readonly bandwidth: Bandwidth
  readonly turns: Turns<string>
  readonly pins: Pins
  readonly content: Content
  readonly part: Part
  readonly recipient: Recipient
  readonly sink: ByteSink
  readonly load: Load
  readonly share: () => number
  /** Told of bytes that were sent. */
  readonly onSent: (bytes: number) => void
}

const SLICE_BYTES = 256 * 1024
/** Of a recipient who may keep no chunk, and is given copies. */
const SMALL_SLICE_BYTES = 16 * 1024

/**
 * A part of an object on its way to a recipient, at the recipient's pace: views of chunks, which it keeps in memory
 * while it takes its time. Where others keep too many, or bandwidth is limited, it gets copies in small slices, and
 * keeps none; where the chunk has gone from the cache meanwhile, the missing slice alone is read again.
 */
export class Pouring {
  readonly #parts: PouringParts
  readonly #signal: AbortSignal
  readonly #ahead: ReadAhead
  #small: Buffer | undefined

  constructor (parts: PouringParts, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
    const { cache, content, part: { last }, load, share } = parts
    this.#ahead = new ReadAhead({ cache, content, last, load, share })
  }

  /** @throws what reading, `beforeSlice` and the sink throw; the signal's reason */
  async run (): Promise<void> {
    const { bandwidth, pins, part: { first, last } } = this.#parts
    for (let position = first; position <= last;) {
      const isPinned = bandwidth.unlimited && pins.take()
      try {
        position = isPinned ? await this.#view(position) : await this.#copy(position)
      } finally {
        if (isPinned) pins.release()
      }
    }
  }

  /** Sends a slice, and returns where it ends. */
  async #view (position: number): Promise<number> {
    const { turns, recipient, sink, onSent } = this.#parts
    const end = this.#endOf(position, SLICE_BYTES)
    await turns.take(recipient.client, end - position)
    const chunk = await this.#chunkAt(position)
    try {
      await recipient.beforeSlice()
      await sink.take(slice(chunk, position, end))
    } finally {
      chunk.release()
    }
    onSent(end - position)
    return end
  }

  async #copy (position: number): Promise<number> {
    const { bandwidth, turns, recipient, sink, onSent } = this.#parts
    const end = this.#endOf(position, SMALL_SLICE_BYTES)
    await turns.take(recipient.client, end - position)
    const bytes = await this.#copied(position, end)
    await bandwidth.take(recipient.client, bytes.length, this.#signal)
    await recipient.beforeSlice()
    await sink.take(bytes)
    onSent(bytes.length)
    return end
  }

  #endOf (position: number, bytes: number): number {
    return Math.min(position + bytes, chunkOf(position) * CHUNK_BYTES + CHUNK_BYTES, this.#parts.part.last + 1)
  }

  async #copied (position: number, end: number): Promise<Buffer> {
    const { cache, content, load } = this.#parts
    const chunk = this.#isEntered(position)
      ? await this.#chunkAt(position)
      : cache.peek(content, chunkOf(position))
    // One for all slices: the next one is copied when this one has left.
    this.#small ??= Buffer.allocUnsafeSlow(SMALL_SLICE_BYTES)
    const bytes = this.#small.subarray(0, end - position)
    if (chunk !== undefined) {
      slice(chunk, position, end).copy(bytes)
      chunk.release()
      return bytes
    }
    let filled = 0
    await cache.read(content, { first: position, last: end - 1 }, {
      room: () => bytes.subarray(filled),
      take: (came) => {
        filled += came.length
        return undefined
      }
    }, load, this.#signal)
    return bytes
  }

  #chunkAt (position: number): Promise<Chunk> {
    const { cache, content, load } = this.#parts
    const index = chunkOf(position)
    if (this.#isEntered(position)) this.#ahead.enter(index, this.#signal)
    return cache.get(content, index, 1, load, this.#signal)
  }

  #isEntered (position: number): boolean {
    return position === this.#parts.part.first || position % CHUNK_BYTES === 0
  }
}

const chunkOf = (position: number): number => Math.floor(position / CHUNK_BYTES)

function slice ({ bytes }: Chunk, position: number, end: number): Buffer {
  const begin = chunkOf(position) * CHUNK_BYTES
  return bytes.subarray(position - begin, end - begin)
}
