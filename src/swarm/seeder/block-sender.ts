import type { Delivery } from '../../delivery/delivery.js'
import type { BlockRequest, BlockRequests } from './block-requests.js'
import type { CheckedChunks } from './checked-chunks.js'
import type { PeerOutput } from './peer-output.js'
import type { SeededTorrent } from './seeded-torrent.js'
import { PIECE_HEADER_BYTES, writePieceHeader } from './wire-messages.js'

export interface BlockSenderParts {
  /** The address that the bandwidth is counted for. */
  readonly address: string
  readonly torrent: SeededTorrent
  readonly waiting: BlockRequests
  readonly output: PeerOutput
  readonly delivery: Pick<Delivery, 'bandwidth' | 'counts' | 'pins'>
}

interface Block {
  readonly request: BlockRequest
  readonly views: readonly Buffer[]
}

/** Bytes of blocks in one write. */
const BATCH_BYTES = 256 * 1024
/** Bytes that are taken at once from a bandwidth with a limit: each time costs a timer. */
const PAID_BYTES = 64 * 1024
/** Bytes of blocks that are copied for one write: no block is longer. */
const COPY_BYTES = 128 * 1024

/**
 * Sends a peer the blocks that it waits for, in the order in which it has asked. A request can be cancelled until its
 * block is written.
 *
 * Fast path, bench `swarm`: blocks of the same chunks leave in one write, and are not copied: the chunks are held until
 * the socket has taken them, as far as there are pins.
 */
export class BlockSender {
  readonly #parts: BlockSenderParts
  /** Bytes that were taken from a bandwidth with a limit, and not sent yet: a request may be cancelled meanwhile. */
  #paid = 0
  /** The id of the chunk that was last read ahead. */
  #ahead: number | undefined

  constructor (parts: BlockSenderParts) {
    this.#parts = parts
  }

  /**
   * Sends blocks, and waits until the socket has taken them.
   * @returns false where no request waits @throws as SeededTorrent.hold
   */
  async send (signal: AbortSignal): Promise<boolean> {
    const { address, torrent, waiting, delivery: { bandwidth, pins } } = this.#parts
    const oldest = waiting.oldest
    if (oldest === undefined) return false
    if (!bandwidth.unlimited && this.#paid < oldest.length) {
      const wanted = this.#bytesOfOldest()
      await bandwidth.take(address, wanted - this.#paid, signal)
      this.#paid = wanted
      return true // it may be another one that is the oldest now
    }
    const held = await torrent.hold(oldest, signal)
    const limit = bandwidth.unlimited ? BATCH_BYTES : this.#paid
    if (held.count === 1 && pins.take()) { // a block across two is rare
      try {
        await this.#write(this.#take(held, limit, signal))
      } finally {
        pins.release()
        held.release()
      }
    } else {
      await this.#write(this.#copy(held, Math.min(limit, COPY_BYTES), signal))
    }
    return true
  }

  /** Bytes of the oldest blocks, PAID_BYTES or those of one at most. */
  #bytesOfOldest (): number {
    let bytes = 0
    for (const { length } of this.#parts.waiting) {
      if (bytes > 0 && bytes + length > PAID_BYTES) break
      bytes += length
    }
    return bytes
  }

  #copy (held: CheckedChunks, limit: number, signal: AbortSignal): Block[] {
    try {
      return this.#take(held, limit, signal).map(({ request, views }) => ({ request, views: [Buffer.concat(views)] }))
    } finally {
      held.release()
    }
  }

  /** Takes the oldest requests whose blocks are in these chunks. */
  #take (held: CheckedChunks, limit: number, signal: AbortSignal): Block[] {
    signal.throwIfAborted()
    const { waiting } = this.#parts
    const blocks: Block[] = []
    let bytes = 0
    for (const request of waiting) {
      bytes += request.length
      if (bytes > limit) break
      const views = held.blockOf(request)
      if (views === undefined) {
        this.#readAhead(request, signal)
        break
      }
      blocks.push({ request, views })
    }
    for (let i = 0; i < blocks.length; i++) waiting.take()
    return blocks
  }

  /** The next chunk is read while blocks of this one leave. */
  #readAhead (request: BlockRequest, signal: AbortSignal): void {
    const { torrent } = this.#parts
    const chunk = torrent.chunkOf(request)
    if (chunk === undefined || chunk === this.#ahead) return
    this.#ahead = chunk
    torrent.readAhead(request, signal)
  }

  async #write (blocks: readonly Block[]): Promise<void> {
    if (blocks.length === 0) return
    const { output, delivery: { bandwidth, counts } } = this.#parts
    const headers = Buffer.allocUnsafe(blocks.length * PIECE_HEADER_BYTES)
    const buffers: Buffer[] = []
    let bytes = 0
    blocks.forEach(({ request, views }, i) => {
      const at = i * PIECE_HEADER_BYTES
      writePieceHeader(headers, at, request)
      buffers.push(headers.subarray(at, at + PIECE_HEADER_BYTES), ...views)
      bytes += request.length
    })
    counts.seeder += bytes
    if (!bandwidth.unlimited) this.#paid -= bytes
    await output.sendAll(buffers)
  }
}
