import Wire from 'bittorrent-protocol'
import { bencodedEntry, bencodedInteger } from '../../torrent/bencode/find.js'
import { BlockRequests } from './block-requests.js'
import type { BlockRequest } from './block-requests.js'

/** What a leecher says is short: the longest is its bitfield. */
const MAX_MESSAGE_BYTES = 64 * 1024
const REJECT = 0x10

/**
 * The peer wire for strangers. The library would collect as many bytes as a length prefix announces; its bencode
 * decoder never ends on a negative length; what it throws nobody could catch, because it parses in a microtask; and it
 * looks through all that a peer has asked for at every request that it answers or cancels. Emits `refused` where a peer
 * is to go, `request` for what is then among those that wait.
 */
export class BoundedWire extends Wire {
  readonly #requests = new BlockRequests()
  /** What was taken and not answered yet; undefined too where it was cancelled or choked since. */
  #taken: BlockRequest | undefined
  #maxMessageBytes = MAX_MESSAGE_BYTES

  /** A message may be as long as the bitfield of so many pieces. */
  allowBitfieldOf (pieces: number): void {
    this.#maxMessageBytes = Math.max(MAX_MESSAGE_BYTES, Math.ceil(pieces / 8) + 1)
  }

  /** Requests that nobody has taken. */
  get waiting (): number {
    return this.#requests.size
  }

  /** The oldest request, to be answered before the next is taken. */
  take (): BlockRequest | undefined {
    this.#taken = this.#requests.take()
    return this.#taken
  }

  /** Answers what was taken, unless it was cancelled or choked in the meantime. @returns whether it was answered */
  answer (block: Uint8Array): boolean {
    const request = this.#taken
    this.#taken = undefined
    if (request === undefined) return false
    this.piece(request.index, request.offset, block)
    return true
  }

  /** BEP 6: with the fast extension every request has an answer, also one that is choked. */
  override choke (): void {
    super.choke()
    const requests = [...this.#taken === undefined ? [] : [this.#taken], ...this.#requests.clear()]
    this.#taken = undefined
    if (this.hasFast) for (const request of requests) this.#reject(request)
  }

  protected override _write (bytes: Uint8Array, written: (error: null) => void): void {
    try {
      super._write(bytes, written)
    } catch {
      this.#refuse()
      written(null)
    }
  }

  protected override _onMessageLength (prefix: Uint8Array): void {
    const length = Buffer.from(prefix.buffer, prefix.byteOffset, 4).readUInt32BE()
    if (length > this.#maxMessageBytes) this.#refuse()
    else super._onMessageLength(prefix)
  }

  /** Of an extension handshake (BEP 10) only this is read: by which number the peer wants ut_metadata. */
  protected override _onExtended (id: number, payload: Uint8Array): void {
    if (id !== 0) return super._onExtended(id, payload)
    const names = bencodedEntry(Buffer.from(payload.buffer, payload.byteOffset, payload.length), 'm')
    const number = names && bencodedInteger(bencodedEntry(names, 'ut_metadata'))
    if (number !== undefined && number > 0 && number <= 0xFF) this.peerExtendedMapping['ut_metadata'] = number
  }

  protected override _onRequest (index: number, offset: number, length: number): void {
    if (this.amChoking) return super._onRequest(index, offset, length) // rejects it
    const request = { index, offset, length }
    this.#requests.add(request)
    this.emit('request', request)
  }

  /** BEP 6: with the fast extension every request has an answer, also one that was cancelled. */
  protected override _onCancel (index: number, offset: number, length: number): void {
    const request = { index, offset, length }
    if (!this.#requests.delete(request)) {
      if (this.#taken?.index !== index || this.#taken.offset !== offset || this.#taken.length !== length) return
      this.#taken = undefined
    }
    if (this.hasFast) this.#reject(request)
  }

  /**
   * Nothing was asked for that could be rejected, and the library would make an error of it. BEP 6: without the
   * extension it is the end.
   */
  protected override _onReject (): void {
    if (!this.hasFast) this.destroy()
  }

  #reject ({ index, offset, length }: BlockRequest): void {
    this._message(REJECT, [index, offset, length], null)
  }

  #refuse (): void {
    this._parse(Number.MAX_VALUE, () => {}) // reads nothing more
    this.emit('refused')
  }
}
