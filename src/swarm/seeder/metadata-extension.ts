import { bencodedEntry, bencodedInteger } from '../../torrent/bencode/find.js'
import type { BoundedWire } from './bounded-wire.js'

const BLOCK_BYTES = 16 * 1024
const MESSAGE = { request: 0, data: 1, reject: 2 } as const

export interface MetadataReply {
  /** Sends the block. */
  readonly send: () => void
  /** Bytes. */
  readonly length: number
}

/**
 * ut_metadata (BEP 9), as it is given to a wire. It hands its answers over instead of sending them at once: a request
 * of 30 bytes asks for 16 KiB.
 */
export function metadataExtension (info: Buffer, answer: (reply: MetadataReply) => void) {
  const blocks = Math.ceil(info.length / BLOCK_BYTES)
  return class {
    readonly #wire: BoundedWire

    constructor (wire: BoundedWire) {
      this.#wire = wire
      wire.extendedHandshake['metadata_size'] = info.length
    }

    get name (): string {
      return 'ut_metadata'
    }

    onMessage (bytes: Uint8Array): void {
      const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      const piece = bencodedInteger(bencodedEntry(message, 'piece'))
      if (bencodedInteger(bencodedEntry(message, 'msg_type')) !== MESSAGE.request || piece === undefined) return
      // It has not said what the answer is to be called.
      if (this.#wire.peerExtendedMapping['ut_metadata'] === undefined) return
      if (piece >= blocks) {
        return answer({ length: 0, send: () => this.#send(`d8:msg_typei${MESSAGE.reject}e5:piecei${piece}ee`) })
      }
      const block = info.subarray(piece * BLOCK_BYTES, (piece + 1) * BLOCK_BYTES)
      answer({
        length: block.length,
        send: () => this.#send(`d8:msg_typei${MESSAGE.data}e5:piecei${piece}e10:total_sizei${info.length}ee`, block)
      })
    }

    #send (dictionary: string, ...block: Buffer[]): void {
      this.#wire.extended('ut_metadata', Buffer.concat([Buffer.from(dictionary), ...block]))
    }
  }
}
