import type { Bandwidth } from '../../delivery/bandwidth.js'
import type { HashRange } from '../../torrent/merkle-proof.js'
import { SHA256_BYTES } from '../../torrent/merkle.js'
import type { PeerOutput } from './peer-output.js'
import type { TorrentHashes } from './torrent-hashes.js'
import { MESSAGE, message } from './wire-messages.js'

/** A `hash request` (BEP 52): of which file, and of what of its tree. */
interface HashRequest extends HashRange {
  /** 32 bytes. */
  readonly piecesRoot: Buffer
}

/** What stands in each of the three messages, before the hashes where there are any. */
const REQUEST_BYTES = SHA256_BYTES + 16

/** @param payload REQUEST_BYTES, without the id of the message; the root stays a view of it */
function readHashRequest (payload: Buffer): HashRequest {
  const numberAt = (i: number): number => payload.readUInt32BE(SHA256_BYTES + 4 * i)
  return {
    piecesRoot: payload.subarray(0, SHA256_BYTES),
    height: numberAt(0),
    index: numberAt(1),
    length: numberAt(2),
    proofLayers: numberAt(3)
  }
}

export interface HashRepliesParts {
  readonly hashes: Pick<TorrentHashes, 'answer'>
  /** The address that the bandwidth is counted for. */
  readonly address: string
  readonly output: Pick<PeerOutput, 'send'>
  readonly bandwidth: Bandwidth
}

/**
 * The hashes of a torrent of version 2 for a peer that has none or not all (BEP 52). Each request is answered, choked
 * or not, with what it asks for or with a rejection. Answers wait to be taken: 49 bytes ask for 16 KiB.
 */
export class HashReplies {
  readonly #parts: HashRepliesParts
  /** Requests as they came, oldest first; what they ask for may not exist. */
  readonly #asked: Buffer[] = []

  constructor (parts: HashRepliesParts) {
    this.#parts = parts
  }

  get waiting (): number {
    return this.#asked.length
  }

  /** A `hash request`. @param bytes behind its id; a view @returns false where it is none */
  receive (bytes: Buffer): boolean {
    if (bytes.length !== REQUEST_BYTES) return false
    this.#asked.push(Buffer.from(bytes))
    return true
  }

  /** Sends the oldest answer. @returns false where none waits @throws the signal's reason */
  async send (signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    const { hashes, address, output, bandwidth } = this.#parts
    const oldest = this.#asked.shift()
    if (oldest === undefined) return false
    const { piecesRoot, ...range } = readHashRequest(oldest)
    const found = await hashes.answer(piecesRoot, range)
    if (found === undefined) {
      output.send(message(MESSAGE.hashReject, oldest))
    } else {
      await bandwidth.take(address, found.length, signal)
      output.send(message(MESSAGE.hashes, oldest, found))
    }
    return true
  }
}
