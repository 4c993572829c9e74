import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import type { Delivery } from '../../delivery/delivery.js'
import { PeerOutput } from './peer-output.js'
import type { SeededTorrent } from './seeded-torrent.js'
import { ServedPeer } from './served-peer.js'
import type { Unchokable, UploadSlots } from './upload-slots.js'
import { KEEP_ALIVE, handshake } from './wire-messages.js'
import { WireReader } from './wire-reader.js'
import type { PeerAbilities } from './wire-reader.js'

export interface PeerConnectionParts {
  /** The torrent that a peer asks for, by its info hash in hexadecimal digits; undefined: none of ours. */
  readonly open: (infoHash: string, peer: PeerConnection) => Promise<SeededTorrent | undefined>
  /** What a block could not be read for. */
  readonly failed: (infoHash: string, error: unknown) => void
  readonly slots: UploadSlots
  readonly delivery: Pick<Delivery, 'bandwidth' | 'counts' | 'pins'>
  /** As many bytes as an info hash (BEP 3). */
  readonly peerId: Buffer
}

const HANDSHAKE_MS = 10_000
/** BEP 3: keep-alives come every two minutes. */
const SILENCE_MS = 150_000
const KEEP_ALIVE_MS = 55_000

/** One peer that has connected: it is given what it asks for, and asked for nothing. */
export class PeerConnection implements Unchokable {
  readonly #socket: Socket
  readonly #parts: PeerConnectionParts
  readonly #reader: WireReader
  readonly #output: PeerOutput
  readonly #gone = new AbortController()
  readonly #handshaking: NodeJS.Timeout
  readonly #silence: NodeJS.Timeout
  #keepingAlive: NodeJS.Timeout | undefined
  /** Its torrent is looked up: nothing is read meanwhile. */
  #greeting = false
  #infoHash = ''
  #served: ServedPeer | undefined
  #sending = false

  constructor (socket: Socket, parts: PeerConnectionParts) {
    this.#socket = socket
    this.#parts = parts
    this.#output = new PeerOutput(socket, () => this.close())
    this.#reader = new WireReader({
      handshake: (infoHash, abilities) => { this.#greet(infoHash, abilities).catch(() => this.close()) },
      refused: () => this.close()
    })
    this.#handshaking = setTimeout(() => this.close(), HANDSHAKE_MS).unref()
    setMaxListeners(0, this.#gone.signal) // each chunk of a piece listens
    socket.setNoDelay(true)
    // The socket's own timeout counts our keep-alives too.
    this.#silence = setTimeout(() => this.close(), SILENCE_MS).unref()
    socket.on('error', () => this.close())
    socket.on('close', () => this.close())
    socket.on('data', (bytes) => this.#receive(bytes))
    socket.on('drain', () => this.#flow())
  }

  unchoke (): void {
    this.#served?.requests.unchoke()
  }

  choke (): void {
    if (!this.#gone.signal.aborted) this.#served?.requests.choke()
  }

  close (): void {
    if (this.#gone.signal.aborted) return
    this.#gone.abort(new DOMException('the peer is gone', 'AbortError'))
    clearTimeout(this.#handshaking)
    clearTimeout(this.#silence)
    clearInterval(this.#keepingAlive)
    this.#reader.end()
    this.#parts.slots.release(this)
    this.#socket.destroy()
  }

  /** Whether it has asked for a torrent that it is given. */
  get hasTorrent (): boolean {
    return this.#served !== undefined
  }

  get closed (): AbortSignal {
    return this.#gone.signal
  }

  #receive (bytes: Buffer): void {
    if (this.#gone.signal.aborted) return
    this.#reader.receive(bytes)
    this.#flow()
    if (this.#served !== undefined) this.#send(this.#served)
  }

  // Backpressure: while our replies are not drained we stop reading this peer: a reject is as long as a request. A
  // paused peer still counts as alive while it receives.
  #flow (): void {
    if (this.#gone.signal.aborted) return
    this.#silence.refresh()
    if (this.#greeting || this.#socket.writableNeedDrain || this.#served?.isFull === true) this.#socket.pause()
    else this.#socket.resume()
  }

  async #greet (infoHash: Buffer, abilities: PeerAbilities): Promise<void> {
    this.#greeting = true
    const { open, slots, delivery, peerId } = this.#parts
    this.#infoHash = infoHash.toString('hex')
    const torrent = await open(this.#infoHash, this)
    if (torrent === undefined || this.#gone.signal.aborted) return this.close()
    clearTimeout(this.#handshaking)
    const output = this.#output
    const served = new ServedPeer({
      torrent,
      abilities,
      socket: this.#socket,
      output,
      delivery,
      wants: (isInterested) => isInterested ? slots.request(this) : slots.release(this),
      close: () => this.close()
    })
    this.#served = served
    // BEP 52: who knows version 2 is moved to it. libtorrent asks for hashes only then.
    const answered = abilities.version2 && torrent.hashes !== undefined ? torrent.hashes.infoHash : infoHash
    output.send(Buffer.concat([handshake(answered, peerId, torrent.hashes !== undefined), served.greeting()]))
    this.#keepingAlive = setInterval(() => output.send(KEEP_ALIVE), KEEP_ALIVE_MS).unref()
    this.#greeting = false
    this.#reader.open(torrent.pieces, served)
    this.#flow()
    this.#send(served)
  }

  #send (served: ServedPeer): void {
    if (this.#sending) return
    this.#sending = true
    served.send(() => this.#flow(), this.#gone.signal).catch((error: unknown) => {
      if (!this.#gone.signal.aborted) this.#parts.failed(this.#infoHash, error)
      this.close()
    }).finally(() => { this.#sending = false })
  }
}
