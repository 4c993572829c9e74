import { readMessage } from './read-message.js'
import type { MessageListener } from './read-message.js'
import { HANDSHAKE_BYTES, PROTOCOL, RESERVED } from './wire-messages.js'

/** What a peer knows besides BEP 3, by the reserved bytes of its handshake. */
export interface PeerAbilities {
  /** BEP 6. */
  readonly fast: boolean
  /** BEP 10. */
  readonly extended: boolean
  /** BEP 52. */
  readonly version2: boolean
}

export interface WireListener {
  /** Nothing more is read until `open`. @param infoHash 20 bytes */
  handshake (infoHash: Buffer, abilities: PeerAbilities): void
  /** What came is not of this protocol, or is too long: the peer is to go. Called once; nothing more is read. */
  refused (): void
}

/** What a leecher says is short: the longest is its bitfield. */
const MAX_MESSAGE_BYTES = 64 * 1024
/** Room that stays for the beginning of the next message. */
const MAX_KEPT_BYTES = 4 * 1024
const NONE = Buffer.alloc(0)

/**
 * Reads what a stranger sends, in chunks as they come: the handshake (BEP 3), then messages with a length prefix. Whole
 * messages are read where they are; of bytes only those of one message that has not wholly come are kept, at most
 * MAX_MESSAGE_BYTES or a bitfield, and no more than have come. A message that announces more is refused before it is
 * collected. Messages that mean nothing to a seeder are passed over.
 */
export class WireReader {
  readonly #listener: WireListener
  #messages: MessageListener | undefined
  #maxMessageBytes = MAX_MESSAGE_BYTES
  /** The beginning of something that has not wholly come: the first `#length` bytes. */
  #partial: Buffer = NONE
  #length = 0
  #state: 'greeting' | 'held' | 'open' | 'ended' = 'greeting'
  #fast = false

  constructor (listener: WireListener) {
    this.#listener = listener
  }

  /** Reads what is behind the handshake. @param pieces a message may be as long as the bitfield of so many */
  open (pieces: number, messages: MessageListener): void {
    if (this.#state !== 'held') return
    this.#state = 'open'
    this.#messages = messages
    this.#maxMessageBytes = Math.max(MAX_MESSAGE_BYTES, Math.ceil(pieces / 8) + 1)
    const early = this.#partial.subarray(0, this.#length)
    this.#partial = NONE
    this.#length = 0
    this.receive(early)
  }

  /** Never throws: what a listener throws is a refusal too. */
  receive (bytes: Buffer): void {
    try {
      this.#read(bytes)
    } catch {
      this.#refuse()
    }
  }

  /** Nothing more is read, not even what came together with the message that is being told of. */
  end (): void {
    this.#state = 'ended'
    this.#partial = NONE
    this.#length = 0
  }

  #read (bytes: Buffer): void {
    let at = 0
    while (this.#length > 0 && at < bytes.length) at += this.#complete(bytes, at)
    for (let end: number | undefined = at; end !== undefined; end = this.#next(bytes, at)) at = end
    if (at < bytes.length && !this.#isEnded) this.#keep(bytes, at, bytes.length)
  }

  /** Adds to what has partly come, and reads it when it has wholly come. @returns how many bytes it has taken */
  #complete (bytes: Buffer, at: number): number {
    const taken = Math.min(this.#missing(), bytes.length - at)
    this.#keep(bytes, at, at + taken)
    const partial = this.#partial.subarray(0, this.#length)
    this.#length = 0
    if (this.#next(partial, 0) === undefined && !this.#isEnded) this.#length = partial.length
    else if (this.#partial.length > MAX_KEPT_BYTES) this.#partial = NONE
    return taken
  }

  /** Bytes until more is known about what has partly come. */
  #missing (): number {
    if (this.#state === 'greeting') return HANDSHAKE_BYTES - this.#length
    if (this.#state === 'held') return Infinity
    return (this.#length < 4 ? 4 : 4 + this.#partial.readUInt32BE()) - this.#length
  }

  #keep (bytes: Buffer, begin: number, end: number): void {
    const length = this.#length + end - begin
    // Only those who send while the torrent is looked up come here with more.
    if (length > this.#maxMessageBytes + 4) return this.#refuse()
    if (length > this.#partial.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#partial.length))
      this.#partial.copy(larger, 0, 0, this.#length)
      this.#partial = larger
    }
    bytes.copy(this.#partial, this.#length, begin, end)
    this.#length = length
  }

  /** Reads what begins at `at`. @returns where it ends; undefined where it has not wholly come, or is refused */
  #next (bytes: Buffer, at: number): number | undefined {
    if (this.#state === 'greeting') return this.#handshake(bytes, at)
    if (this.#state !== 'open' || bytes.length - at < 4) return undefined
    const length = bytes.readUInt32BE(at)
    if (length > this.#maxMessageBytes) {
      this.#refuse()
      return undefined
    }
    const end = at + 4 + length
    if (end > bytes.length) return undefined
    const isKeepAlive = length === 0
    if (isKeepAlive || this.#messages === undefined || readMessage(bytes, at + 4, end, this.#fast, this.#messages)) {
      return end
    }
    this.#refuse()
    return undefined
  }

  #handshake (bytes: Buffer, at: number): number | undefined {
    const known = Math.min(bytes.length - at, PROTOCOL.length)
    if (bytes.compare(PROTOCOL, 0, known, at, at + known) !== 0) this.#refuse()
    if (this.#isEnded || bytes.length - at < HANDSHAKE_BYTES) return undefined
    this.#state = 'held'
    const reserved = at + PROTOCOL.length
    const has = ({ byte, bit }: { byte: number, bit: number }): boolean => ((bytes[reserved + byte] ?? 0) & bit) !== 0
    this.#fast = has(RESERVED.fast)
    // A copy: it is looked up while other bytes come.
    const infoHash = Buffer.from(bytes.subarray(reserved + 8, reserved + 28))
    this.#listener.handshake(infoHash, {
      fast: this.#fast, extended: has(RESERVED.extended), version2: has(RESERVED.version2)
    })
    return at + HANDSHAKE_BYTES
  }

  get #isEnded (): boolean {
    return this.#state === 'ended'
  }

  #refuse (): void {
    if (this.#isEnded) return
    this.end()
    this.#listener.refused()
  }
}
