import { once, setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import type { Delivery } from '../../delivery/delivery.js'
import type { BlockRequest } from './block-requests.js'
import { BoundedWire } from './bounded-wire.js'
import { bitfieldOfAll } from './bitfield.js'
import { metadataExtension } from './metadata-extension.js'
import type { MetadataReply } from './metadata-extension.js'
import { PeerOutput } from './peer-output.js'
import type { SeededTorrent } from './seeded-torrent.js'
import type { Unchokable, UploadSlots } from './upload-slots.js'

export interface PeerConnectionParts {
  /** The torrent that a peer asks for, by its info hash in hexadecimal digits; undefined: none of ours. */
  readonly open: (infoHash: string, peer: PeerConnection) => Promise<SeededTorrent | undefined>
  /** What a block could not be read for. */
  readonly failed: (infoHash: string, error: unknown) => void
  readonly slots: UploadSlots
  readonly delivery: Pick<Delivery, 'bandwidth' | 'counts'>
  /** As many bytes as an info hash (BEP 3). */
  readonly peerId: Buffer
}

const HANDSHAKE_MS = 10_000
/** BEP 3: keep-alives come every two minutes. */
const SILENCE_MS = 150_000
/** Some clients ask for as much; 16 KiB is usual. */
const MAX_BLOCK_BYTES = 128 * 1024
/** BEP 10 `reqq`: Transmission asks for as many a second. Who has more waiting (rtorrent) is not read meanwhile. */
const MAX_REQUESTS = 2000

/** One peer that has connected: it is given what it asks for, and asked for nothing. */
export class PeerConnection implements Unchokable {
  readonly #address: string
  readonly #socket: Socket
  readonly #parts: PeerConnectionParts
  readonly #wire = new BoundedWire('tcpIncoming')
  readonly #output: PeerOutput
  readonly #gone = new AbortController()
  readonly #handshaking: NodeJS.Timeout
  readonly #silence: NodeJS.Timeout
  #metadata: MetadataReply[] = []
  #infoHash = ''
  #torrent: SeededTorrent | undefined
  #serving = false

  constructor (socket: Socket, parts: PeerConnectionParts) {
    this.#socket = socket
    this.#parts = parts
    this.#output = new PeerOutput(socket, () => this.close())
    this.#address = socket.remoteAddress ?? ''
    this.#handshaking = setTimeout(() => this.close(), HANDSHAKE_MS).unref()
    setMaxListeners(0, this.#gone.signal) // each chunk of a piece listens
    socket.setNoDelay(true)
    // The socket's own timeout counts our keep-alives too.
    this.#silence = setTimeout(() => this.close(), SILENCE_MS).unref()
    socket.on('error', () => this.close())
    socket.on('close', () => this.close())
    socket.on('data', (bytes) => this.#receive(bytes))
    socket.on('drain', () => this.#flow())
    this.#listen()
  }

  unchoke (): void {
    this.#wire.unchoke()
  }

  choke (): void {
    if (!this.#gone.signal.aborted) this.#wire.choke()
  }

  close (): void {
    if (this.#gone.signal.aborted) return
    this.#gone.abort(new DOMException('the peer is gone', 'AbortError'))
    clearTimeout(this.#handshaking)
    clearTimeout(this.#silence)
    this.#parts.slots.release(this)
    this.#wire.destroy()
    this.#socket.destroy()
  }

  /** Whether it has asked for a torrent that it is given. */
  get hasTorrent (): boolean {
    return this.#torrent !== undefined
  }

  get closed (): AbortSignal {
    return this.#gone.signal
  }

  #listen (): void {
    const wire = this.#wire
    wire.on('data', (bytes: Uint8Array) => this.#output.send(bytes))
    wire.on('refused', () => this.close())
    wire.on('error', () => this.close())
    wire.on('finish', () => this.close())
    wire.on('handshake', (infoHash: string) => { this.#greet(infoHash).catch(() => this.close()) })
    wire.on('interested', () => { if (this.#torrent !== undefined) this.#parts.slots.request(this) })
    wire.on('uninterested', () => this.#parts.slots.release(this))
    wire.on('have-all', () => this.close()) // a seeder: there is nothing to give
    wire.on('request', (request: BlockRequest) => this.#asked(request))
  }

  #receive (bytes: Buffer): void {
    this.#output.gather()
    this.#wire.write(bytes)
    this.#flow()
  }

  // Backpressure: while our replies are not drained we stop reading this peer: a reject is as long as a request. A
  // paused peer still counts as alive while it receives.
  #flow (): void {
    this.#silence.refresh()
    if (this.#socket.writableNeedDrain || this.#wire.waiting >= MAX_REQUESTS ||
      this.#metadata.length >= MAX_REQUESTS) this.#socket.pause()
    else this.#socket.resume()
  }

  async #greet (infoHash: string): Promise<void> {
    if (this.#infoHash !== '') return this.close() // a second handshake
    this.#infoHash = infoHash
    const torrent = await this.#parts.open(infoHash, this)
    if (torrent === undefined || this.#gone.signal.aborted) return this.close()
    clearTimeout(this.#handshaking)
    const wire = this.#wire
    wire.allowBitfieldOf(torrent.pieces)
    wire.use(metadataExtension(torrent.info, (reply) => this.#askedMetadata(reply)))
    Object.assign(wire.extendedHandshake, { v: 'object-torrent', reqq: MAX_REQUESTS, upload_only: 1 }) // BEP 10, BEP 21
    wire.handshake(infoHash, this.#parts.peerId, { fast: true })
    if (wire.hasFast) wire.haveAll()
    else wire.bitfield(bitfieldOfAll(torrent.pieces))
    wire.setKeepAlive(true)
    this.#torrent = torrent
    if (wire.peerInterested) this.#parts.slots.request(this)
  }

  #asked ({ index, offset, length }: BlockRequest): void {
    const torrent = this.#torrent
    const isWhole = torrent !== undefined && offset >= 0 && length > 0 && length <= MAX_BLOCK_BYTES &&
      offset + length <= torrent.lengthOf(index)
    if (!isWhole) return this.close()
    this.#serve()
  }

  #askedMetadata (reply: MetadataReply): void {
    this.#metadata.push(reply)
    this.#serve()
  }

  #serve (): void {
    if (this.#serving) return
    this.#serving = true
    this.#serveAll().catch((error: unknown) => {
      if (!this.#gone.signal.aborted) this.#parts.failed(this.#infoHash, error)
      this.close()
    }).finally(() => { this.#serving = false })
  }

  // One after the other, each when the one before has left.
  async #serveAll (): Promise<void> {
    const { bandwidth, counts } = this.#parts.delivery
    const signal = this.#gone.signal
    for (;;) {
      if (this.#socket.writableNeedDrain) await once(this.#socket, 'drain', { signal })
      this.#flow()
      const metadata = this.#metadata.shift()
      if (metadata !== undefined) {
        await bandwidth.take(this.#address, metadata.length, signal)
        metadata.send()
        continue
      }
      const request = this.#torrent && this.#wire.take()
      if (request === undefined || this.#torrent === undefined) return
      const block = await this.#torrent.block(request.index, request.offset, request.length, signal)
      await bandwidth.take(this.#address, block.length, signal)
      if (this.#wire.answer(block)) counts.seeder += block.length
    }
  }
}
