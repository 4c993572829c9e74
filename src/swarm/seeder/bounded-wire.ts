import Wire from 'bittorrent-protocol'
import { bencodedEntry, bencodedInteger } from './bencoded-entry.js'

/** What a leecher says is short: the longest is its bitfield. */
const MAX_MESSAGE_BYTES = 64 * 1024
const REJECT = 0x10

/**
 * The peer wire for strangers. The library would collect as many bytes as a length prefix announces; its bencode decoder never ends on
 * a negative length; and what it throws nobody could catch, because it parses in a microtask. Emits `refused` where a peer is to go.
 */
export class BoundedWire extends Wire {
  #maxMessageBytes = MAX_MESSAGE_BYTES

  /** A message may be as long as the bitfield of so many pieces. */
  allowBitfieldOf (pieces: number): void {
    this.#maxMessageBytes = Math.max(MAX_MESSAGE_BYTES, Math.ceil(pieces / 8) + 1)
  }

  /** Answers a request for this block, if there still is one: it may have been cancelled or choked in the meantime. */
  answer (index: number, offset: number, block: Uint8Array): void {
    if (this._pull(this.peerRequests, index, offset, block.length) !== null) this.piece(index, offset, block)
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

  /** BEP 6: with the fast extension every request has an answer, also one that was cancelled. */
  protected override _onCancel (index: number, offset: number, length: number): void {
    const waiting = this.peerRequests.length
    super._onCancel(index, offset, length)
    if (this.hasFast && this.peerRequests.length < waiting) this._message(REJECT, [index, offset, length], null) // reject() would take another request for this block away
  }

  #refuse (): void {
    this._parse(Number.MAX_VALUE, () => {}) // reads nothing more
    this.emit('refused')
  }
}
