import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Test } from 'tap'

export const ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
  hashRequest: 21,
  hashes: 22,
  hashReject: 23
} as const

const HANDSHAKE_BYTES = 68
const LIMIT_MS = 15_000

export interface WireMessage {
  id: number
  payload: Buffer
}

export interface Block {
  index: number
  offset: number
  length: number
}

/** A peer that says what it is told to say, in bytes of its own (BEP 3), and keeps what it hears. */
export class WirePeer {
  /** What was heard and not yet taken, oldest first; keep-alives are not kept. */
  readonly messages: WireMessage[] = []
  /** Bytes that have come. */
  received = 0
  /** What the other side said first: 68 bytes. */
  greeting: Buffer | undefined
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #heard = new EventEmitter()
  #rest: Buffer = Buffer.alloc(0)
  #gone = false

  constructor (socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#gone = true
        this.#heard.emit('more')
        resolve()
      })
    })
  }

  /** Connected, and closed with the test; it has said nothing. */
  static async open (
    t: Test, port: number, { host = '127.0.0.1', from = host }: { host?: string, from?: string } = {}
  ): Promise<WirePeer> {
    const socket = connect({ port, host, localAddress: from, noDelay: true })
    t.teardown(() => { socket.destroy() })
    const peer = new WirePeer(socket)
    await once(socket, 'connect')
    return peer
  }

  /**
   * With a handshake behind it: `reserved` says fast extension and extension protocol where it is not told otherwise.
   */
  static async greeted (
    t: Test,
    port: number,
    infoHash: string,
    { reserved = '0000000000100004', ...options }: { reserved?: string, host?: string, from?: string } = {}
  ): Promise<WirePeer> {
    const peer = await WirePeer.open(t, port, options)
    peer.write(handshake(infoHash, reserved))
    await peer.until(() => peer.greeting)
    return peer
  }

  get isClosed (): boolean {
    return this.#gone
  }

  write (bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  send (id: number, ...payload: Array<number | Uint8Array>): void {
    this.write(message(id, ...payload))
  }

  /**
   * The first message of this kind that was not taken yet. Rejects when there comes none, and when the connection is
   * closed.
   */
  async next (id: number): Promise<Buffer> {
    return this.until(() => {
      const at = this.messages.findIndex((message) => message.id === id)
      return at < 0 ? undefined : this.messages.splice(at, 1)[0]?.payload
    })
  }

  /** Unchoked, having asked for it. */
  async unchoked (): Promise<void> {
    this.send(ID.interested)
    await this.next(ID.unchoke)
  }

  request ({ index, offset, length }: Block): void {
    this.send(ID.request, index, offset, length)
  }

  /** The block, as it was sent. */
  async block (wanted: Block): Promise<Buffer> {
    this.request(wanted)
    const piece = await this.next(ID.piece)
    if (piece.readUInt32BE(0) !== wanted.index || piece.readUInt32BE(4) !== wanted.offset) {
      throw new Error(`not block ${JSON.stringify(wanted)}`)
    }
    return piece.subarray(8)
  }

  /** Reads nothing until `resume`. */
  pause (): void {
    this.#socket.pause()
  }

  resume (): void {
    this.#socket.resume()
  }

  destroy (): void {
    this.#socket.destroy()
  }

  /** Resolves once there is something. */
  async until<T> (look: () => T | undefined): Promise<T> {
    const signal = AbortSignal.timeout(LIMIT_MS)
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (this.#gone) throw new Error('the connection was closed')
      await once(this.#heard, 'more', { signal })
    }
  }

  #receive (bytes: Buffer): void {
    this.received += bytes.length
    let rest = Buffer.concat([this.#rest, bytes])
    if (this.greeting === undefined && rest.length >= HANDSHAKE_BYTES) {
      this.greeting = rest.subarray(0, HANDSHAKE_BYTES)
      rest = rest.subarray(HANDSHAKE_BYTES)
    }
    while (this.greeting !== undefined && rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const message = rest.subarray(4, 4 + rest.readUInt32BE())
      rest = rest.subarray(4 + message.length)
      if (message[0] !== undefined) this.messages.push({ id: message[0], payload: message.subarray(1) })
    }
    this.#rest = rest
    this.#heard.emit('more')
  }
}

export function handshake (infoHash: string, reserved = '0000000000100004'): Buffer {
  return Buffer.concat([
    Buffer.from('\x13BitTorrent protocol'), Buffer.from(reserved, 'hex'), Buffer.from(infoHash, 'hex'),
    Buffer.from('-XX0000-123456789012')
  ])
}

/** Numbers are written as 32 bits. */
export function message (id: number, ...payload: Array<number | Uint8Array>): Buffer {
  const parts = payload.map((part) => {
    if (typeof part !== 'number') return part
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(part >>> 0)
    return bytes
  })
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from([id]), ...parts])
  bytes.writeUInt32BE(bytes.length - 4)
  return bytes
}

/** A message of the extension protocol (BEP 10). */
export function extended (number: number, text: string): Buffer {
  return message(ID.extended, Buffer.from([number]), Buffer.from(text, 'latin1'))
}
