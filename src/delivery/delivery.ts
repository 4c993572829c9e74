import type { Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import { STEADY_BYTES } from '../util/steady-bytes.js'
import { ChunkCache } from './chunk-cache.js'
import { contentId } from './content.js'
import type { Content } from './content.js'
import { readPatiently } from './patient-read.js'
import { Bandwidth } from './bandwidth.js'
import type { BandwidthOptions } from './bandwidth.js'

export interface DeliveryOptions extends BandwidthOptions {
  readonly origin: Objects
  /** Bytes of chunks that are kept in memory. */
  readonly cacheBytes: number
}

export interface Part {
  /** Offsets in the object, `last` inclusive. */
  readonly first: number
  readonly last: number
}

export interface Recipient {
  /** The address that the bandwidth is counted for. */
  readonly client: string
  /** Called before each slice, which is sent when the promise has resolved. @throws what ends the delivery */
  readonly beforeSlice: () => Promise<void>
}

/** Bytes of objects since the process began. */
export interface DeliveryCounts {
  /** Bytes that were read at the origin. */
  read: number
  /** Bytes that the web seed has sent, and the seeder. */
  webSeed: number
  seeder: number
}

/** An object is read, and kept for others, in chunks of this size; the last one is shorter. */
export const CHUNK_BYTES = 1024 * 1024
const READS = 32
const MAX_AHEAD = 4
// A client that stands still pins three slices (in generator, stream and socket), so slices are small.
const SLICE_BYTES = 16 * 1024
const FAST_SLICE_BYTES = 256 * 1024
const SLOW_MS = 100

/**
 * The bytes of objects that this server sends to swarms, by web seed and to peers: through one cache, and within one
 * bandwidth. Whoever makes it closes it.
 */
export class Delivery {
  readonly bandwidth: Bandwidth
  readonly counts: DeliveryCounts = { read: 0, webSeed: 0, seeder: 0 }
  readonly #origin: Objects
  readonly #cache: ChunkCache

  constructor ({ origin, cacheBytes, total, perClient }: DeliveryOptions) {
    this.#origin = origin
    this.#cache = new ChunkCache({ maxBytes: cacheBytes, reads: READS })
    this.bandwidth = new Bandwidth({ total, perClient })
  }

  /**
   * A chunk of this very version. Shared: nobody writes to it.
   * @throws OriginRefusal, OriginUnavailable, the signal's reason
   */
  chunk (content: Content, requester: Requester, index: number, signal: AbortSignal): Promise<Buffer> {
    const first = index * CHUNK_BYTES
    const last = Math.min(first + CHUNK_BYTES, content.size) - 1
    return this.#cache.get(
      contentId(content), index, (signal) => this.#read(content, requester, { first, last }, signal), signal
    )
  }

  /** A chunk was seen to be wrong: it is read anew when it is asked for again. */
  forget (content: Content, index: number): void {
    this.#cache.forget(contentId(content), index)
  }

  /**
   * A part of an object, slice by slice, at the recipient's pace. A slow recipient holds one small slice: where its
   * chunk has gone from the cache meanwhile, the missing slices alone are read again.
   * @throws as chunk and beforeSlice
   */
  async * slices (
    content: Content,
    requester: Requester,
    { first, last }: Part,
    { client, beforeSlice }: Recipient,
    signal: AbortSignal
  ): AsyncGenerator<Buffer> {
    const id = contentId(content)
    const lastChunk = Math.floor(last / CHUNK_BYTES)
    let sliceBytes = SLICE_BYTES
    for (let position = first, chunks = 0, end = 0; position <= last; position = end) {
      const index = Math.floor(position / CHUNK_BYTES)
      const begin = index * CHUNK_BYTES
      end = Math.min(position + sliceBytes, begin + CHUNK_BYTES, last + 1)
      const entering = position === first || position === begin
      if (entering) {
        this.#readAhead(content, requester, index, Math.min(index + Math.min(chunks++, MAX_AHEAD), lastChunk), signal)
      }
      const chunk = entering ? await this.chunk(content, requester, index, signal) : this.#cache.peek(id, index)
      const slice = chunk === undefined
        ? await this.#read(content, requester, { first: position, last: end - 1 }, signal)
        : Buffer.from(chunk.subarray(position - begin, end - begin))
      await this.bandwidth.take(client, slice.length, signal)
      await beforeSlice()
      const given = performance.now()
      this.counts.webSeed += slice.length
      yield slice
      if (this.bandwidth.unlimited) {
        sliceBytes = end - first > STEADY_BYTES && performance.now() - given < SLOW_MS ? FAST_SLICE_BYTES : SLICE_BYTES
      }
    }
  }

  close (): void {
    this.bandwidth.close()
  }

  async #read (content: Content, requester: Requester, part: Part, signal: AbortSignal): Promise<Buffer> {
    const bytes = await readPatiently(this.#origin, requester, content, part, signal)
    this.counts.read += bytes.length
    return bytes
  }

  // What fails here fails again when it is waited for.
  #readAhead (content: Content, requester: Requester, index: number, until: number, signal: AbortSignal): void {
    for (let next = index + 1; next <= until; next++) this.chunk(content, requester, next, signal).catch(() => {})
  }
}
