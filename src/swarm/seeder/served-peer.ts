import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Delivery } from '../../delivery/delivery.js'
import { bitfieldOfAll, hasAll } from './bitfield.js'
import { BlockSender } from './block-sender.js'
import { HashReplies } from './hash-replies.js'
import { MetadataReplies, extensionHandshake } from './metadata-replies.js'
import type { PeerOutput } from './peer-output.js'
import { PeerRequests } from './peer-requests.js'
import type { MessageListener } from './read-message.js'
import type { SeededTorrent } from './seeded-torrent.js'
import { MESSAGE, message } from './wire-messages.js'
import type { PeerAbilities } from './wire-reader.js'

export interface ServedPeerParts {
  readonly torrent: SeededTorrent
  readonly abilities: PeerAbilities
  readonly socket: Socket
  readonly output: PeerOutput
  readonly delivery: Pick<Delivery, 'bandwidth' | 'counts' | 'pins'>
  /** It wants blocks, or none anymore. */
  readonly wants: (isInterested: boolean) => void
  /** It is to go. */
  readonly close: () => void
}

/** Some clients ask for as much; 16 KiB is usual. */
const MAX_BLOCK_BYTES = 128 * 1024
/** BEP 10 `reqq`: Transmission asks for as many a second. Who has more waiting (rtorrent) is not read meanwhile. */
const MAX_REQUESTS = 2000
/** libtorrent asks for two at once. */
const MAX_HASH_REQUESTS = 64

/** A peer that has asked for a torrent which it is given. */
export class ServedPeer implements MessageListener {
  readonly requests: PeerRequests
  readonly #parts: ServedPeerParts
  readonly #metadata: MetadataReplies
  /** Undefined: the torrent has no version 2. */
  readonly #hashes: HashReplies | undefined
  readonly #sender: BlockSender

  constructor (parts: ServedPeerParts) {
    const { torrent, abilities, socket, output, delivery } = parts
    const address = socket.remoteAddress ?? ''
    this.#parts = parts
    this.requests = new PeerRequests(output, abilities.fast)
    const replies = { address, output, bandwidth: delivery.bandwidth }
    this.#metadata = new MetadataReplies({ info: torrent.info, ...replies })
    this.#hashes = torrent.hashes && new HashReplies({ hashes: torrent.hashes, ...replies })
    this.#sender = new BlockSender({ address, torrent, waiting: this.requests.waiting, output, delivery })
  }

  /** What it is told behind the handshake. */
  greeting (): Buffer {
    const { torrent, abilities } = this.#parts
    return Buffer.concat([
      ...abilities.extended ? [extensionHandshake(torrent.info, MAX_REQUESTS)] : [],
      abilities.fast ? message(MESSAGE.haveAll) : message(MESSAGE.bitfield, bitfieldOfAll(torrent.pieces))
    ])
  }

  /** Whether it has asked for so much that it is not read for a while. */
  get isFull (): boolean {
    return this.requests.waiting.size >= MAX_REQUESTS || this.#metadata.waiting >= MAX_REQUESTS ||
      (this.#hashes?.waiting ?? 0) >= MAX_HASH_REQUESTS
  }

  /**
   * Sends what it waits for, one after the other, each when the one before has left, and others had their turn.
   * @param onTurn is called before each @throws as SeededTorrent.hold
   */
  async send (onTurn: () => void, signal: AbortSignal): Promise<void> {
    const { socket } = this.#parts
    do {
      await nextTurn()
      if (socket.writableNeedDrain) await once(socket, 'drain', { signal })
      onTurn()
    } while (await this.#metadata.send(signal) || await this.#hashes?.send(signal) || await this.#sender.send(signal))
  }

  interested (): void {
    this.#parts.wants(true)
  }

  notInterested (): void {
    this.#parts.wants(false)
  }

  /** A seeder: there is nothing to give. */
  haveAll (): void {
    this.#parts.close()
  }

  bitfield (bits: Buffer): void {
    if (hasAll(bits, this.#parts.torrent.pieces)) this.#parts.close()
  }

  request (index: number, offset: number, length: number): void {
    const { requests } = this
    if (requests.choking) return requests.reject({ index, offset, length })
    const isWhole = length > 0 && length <= MAX_BLOCK_BYTES && offset + length <= this.#parts.torrent.lengthOf(index)
    if (isWhole) requests.waiting.add({ index, offset, length })
    else this.#parts.close()
  }

  cancel (index: number, offset: number, length: number): void {
    this.requests.cancel({ index, offset, length })
  }

  extended (number: number, payload: Buffer): void {
    this.#metadata.receive(number, payload)
  }

  /** Of a torrent without version 2 it has no answer, as any message that is not known. */
  hashRequest (payload: Buffer): void {
    if (this.#hashes?.receive(payload) === false) this.#parts.close()
  }
}
