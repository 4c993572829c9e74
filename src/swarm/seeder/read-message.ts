import { MESSAGE } from './wire-messages.js'

/** What a peer says behind its handshake. Buffers are views that last as long as the call. */
export interface MessageListener {
  interested (): void
  notInterested (): void
  bitfield (bits: Buffer): void
  haveAll (): void
  /** Numbers from 0 to 2^32 - 1, not looked at. */
  request (index: number, offset: number, length: number): void
  cancel (index: number, offset: number, length: number): void
  /** BEP 10. @param number which extension; 0: the extension handshake */
  extended (number: number, payload: Buffer): void
  /** BEP 52. @param payload of any length */
  hashRequest (payload: Buffer): void
}

const BLOCK_MESSAGE_BYTES = 13

/**
 * Tells what a message (BEP 3, BEP 6, BEP 10, BEP 52) says that stands in `bytes`, from its id to before `end`. What
 * means nothing to a seeder is passed over.
 * @param fast whether the peer has said that it knows the fast extension @returns false where the peer is to go
 */
export function readMessage (
  bytes: Buffer, begin: number, end: number, fast: boolean, listener: MessageListener
): boolean {
  const id = bytes[begin]
  switch (id) {
    case MESSAGE.interested:
      listener.interested()
      return true
    case MESSAGE.notInterested:
      listener.notInterested()
      return true
    case MESSAGE.bitfield:
      listener.bitfield(bytes.subarray(begin + 1, end))
      return true
    case MESSAGE.request:
    case MESSAGE.cancel: {
      if (end - begin !== BLOCK_MESSAGE_BYTES) return false
      const index = bytes.readUInt32BE(begin + 1)
      const offset = bytes.readUInt32BE(begin + 5)
      const length = bytes.readUInt32BE(begin + 9)
      if (id === MESSAGE.request) listener.request(index, offset, length)
      else listener.cancel(index, offset, length)
      return true
    }
    case MESSAGE.extended:
      if (end - begin >= 2) listener.extended(bytes[begin + 1] ?? 0, bytes.subarray(begin + 2, end))
      return true
    case MESSAGE.hashRequest:
      listener.hashRequest(bytes.subarray(begin + 1, end))
      return true
    // BEP 6: who has not said that it knows these, and sends one, is sent away.
    case MESSAGE.haveAll:
      if (fast) listener.haveAll()
      return fast
    case MESSAGE.suggest:
    case MESSAGE.haveNone:
    case MESSAGE.reject:
    case MESSAGE.allowedFast:
      return fast
    default:
      return true
  }
}
