import { bencodedEntry, bencodedInteger } from '../../torrent/bencode/find.js'
import type { Bandwidth } from '../../delivery/bandwidth.js'
import type { PeerOutput } from './peer-output.js'
import { MESSAGE, message } from './wire-messages.js'

const BLOCK_BYTES = 16 * 1024
const MESSAGE_TYPE = { request: 0, data: 1, reject: 2 } as const
/** The number by which a peer asks for it here. */
const UT_METADATA = 1

/**
 * The extension handshake (BEP 10): ut_metadata (BEP 9), and that nothing is wanted (BEP 21).
 * @param requests that may wait
 */
export function extensionHandshake (info: Buffer, requests: number): Buffer {
  const dictionary = `d1:md11:ut_metadatai${UT_METADATA}ee13:metadata_sizei${info.length}e4:reqqi${requests}e` +
    '11:upload_onlyi1e1:v14:object-torrente'
  return message(MESSAGE.extended, Buffer.from([0]), Buffer.from(dictionary))
}

export interface MetadataRepliesParts {
  /** The info dictionary, as it is written. */
  readonly info: Buffer
  /** The address that the bandwidth is counted for. */
  readonly address: string
  readonly output: Pick<PeerOutput, 'send'>
  readonly bandwidth: Bandwidth
}

/**
 * The info dictionary for a peer that has only its hash (BEP 9). Answers wait to be taken: a request of 30 bytes asks
 * for 16 KiB.
 */
export class MetadataReplies {
  readonly #parts: MetadataRepliesParts
  /** Blocks that were asked for, also such as do not exist, oldest first. */
  readonly #asked: number[] = []
  /** By which number the peer wants its answers; undefined: it has not said so. */
  #number: number | undefined

  constructor (parts: MetadataRepliesParts) {
    this.#parts = parts
  }

  get waiting (): number {
    return this.#asked.length
  }

  /** A message of an extension (BEP 10). Of a handshake only the peer's number of ut_metadata is read. */
  receive (number: number, payload: Buffer): void {
    if (number === 0) {
      const names = bencodedEntry(payload, 'm')
      const theirs = names && bencodedInteger(bencodedEntry(names, 'ut_metadata'))
      if (theirs !== undefined && theirs > 0 && theirs <= 0xFF) this.#number = theirs
    } else if (number === UT_METADATA && this.#number !== undefined) {
      const piece = bencodedInteger(bencodedEntry(payload, 'piece'))
      const type = bencodedInteger(bencodedEntry(payload, 'msg_type'))
      if (type === MESSAGE_TYPE.request && piece !== undefined) this.#asked.push(piece)
    }
  }

  /** Sends the oldest answer. @returns false where none waits @throws the signal's reason */
  async send (signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    const { info, address, output, bandwidth } = this.#parts
    const piece = this.#asked.shift()
    if (piece === undefined) return false
    const block = info.subarray(piece * BLOCK_BYTES, (piece + 1) * BLOCK_BYTES)
    await bandwidth.take(address, block.length, signal)
    const dictionary = block.length === 0
      ? `d8:msg_typei${MESSAGE_TYPE.reject}e5:piecei${piece}ee`
      : `d8:msg_typei${MESSAGE_TYPE.data}e5:piecei${piece}e10:total_sizei${info.length}ee`
    output.send(message(MESSAGE.extended, Buffer.from([this.#number ?? 0]), Buffer.from(dictionary), block))
    return true
  }
}
