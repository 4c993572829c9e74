import type { ByteSink } from '../objects/byte-sink.js'
import type { Part } from '../objects/objects.js'
import type { PartReads } from '../objects/part-reads.js'
import type { Requester } from '../objects/requester.js'
import { Turns } from '../util/turns.js'
import { Bandwidth } from './bandwidth.js'
import type { BandwidthOptions } from './bandwidth.js'
import { CHUNK_BYTES } from './chunk.js'
import type { Chunk } from './chunk.js'
import { ChunkCache } from './chunk-cache.js'
import type { Load } from './chunk-cache.js'
import type { Content } from './content.js'
import { readPatiently } from './patient-read.js'
import { Pins } from './pins.js'
import { Pouring } from './pouring.js'
import type { Recipient } from './pouring.js'

export interface DeliveryOptions extends BandwidthOptions {
  readonly origin: PartReads
  /** Bytes of chunks that are kept in memory. */
  readonly cacheBytes: number
}

/** Bytes of objects since the process began. */
export interface DeliveryCounts {
  /** Bytes that were read at the origin. */
  read: number
  /** Bytes that the web seed has sent, and the seeder. */
  webSeed: number
  seeder: number
}

const READS = 32
/** Of bytes from memory, in a turn of the event loop: less than half a millisecond of work. */
const TURN_BYTES = 1024 * 1024

/**
 * The bytes of objects that this server sends to swarms, by web seed and to peers: through one cache, and within one
 * bandwidth. Whoever makes it closes it.
 */
export class Delivery {
  readonly bandwidth: Bandwidth
  readonly counts: DeliveryCounts = { read: 0, webSeed: 0, seeder: 0 }
  /** Of chunks that sockets have not taken yet: half of the cache, so that the other half is for everybody. */
  readonly pins: Pins
  readonly #origin: PartReads
  readonly #cache: ChunkCache
  readonly #turns = new Turns<string>(TURN_BYTES)
  readonly #maxChunks: number
  #recipients = 0

  constructor ({ origin, cacheBytes, total, perClient }: DeliveryOptions) {
    this.#origin = origin
    this.#cache = new ChunkCache({ maxBytes: cacheBytes, reads: READS })
    this.#maxChunks = Math.floor(cacheBytes / CHUNK_BYTES)
    this.pins = new Pins(Math.floor(this.#maxChunks / 2))
    this.bandwidth = new Bandwidth({ total, perClient })
  }

  /**
   * A chunk of this very version, which the caller releases.
   * @throws OriginRefusal, OriginUnavailable, the signal's reason
   */
  chunk (content: Content, requester: Requester, index: number, signal: AbortSignal): Promise<Chunk> {
    return this.#cache.get(content, index, 1, this.#load(content, requester), signal)
  }

  /** A chunk was seen to be wrong: it is read anew when it is asked for again. */
  forget (content: Content, index: number): void {
    this.#cache.forget(content, index)
  }

  /**
   * A part of an object for a recipient of the web seed, into `sink`.
   * @throws OriginRefusal, OriginUnavailable, what `beforeSlice` and the sink throw, the signal's reason
   */
  async pour (
    content: Content, requester: Requester, part: Part, recipient: Recipient, sink: ByteSink, signal: AbortSignal
  ): Promise<void> {
    this.#recipients++
    try {
      await new Pouring({
        cache: this.#cache,
        bandwidth: this.bandwidth,
        turns: this.#turns,
        pins: this.pins,
        content,
        part,
        recipient,
        sink,
        load: this.#load(content, requester),
        share: () => Math.floor(this.#maxChunks / 2 / this.#recipients),
        onSent: (bytes) => { this.counts.webSeed += bytes }
      }, signal).run()
    } finally {
      this.#recipients--
    }
  }

  close (): void {
    this.bandwidth.close()
  }

  #load (content: Content, requester: Requester): Load {
    return (part, sink, signal) => readPatiently(this.#origin, requester, content, part, {
      room: () => sink.room(),
      take: (bytes) => {
        this.counts.read += bytes.length
        return sink.take(bytes)
      }
    }, signal)
  }
}
