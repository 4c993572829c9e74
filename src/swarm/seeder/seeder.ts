import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { connectionsWithin } from '../../net/descriptor-share.js'
import { networkKey } from '../../net/endpoint.js'
import { BACKLOG, listen } from '../../net/listen.js'
import { NetworkCounts } from '../../net/network-counts.js'
import { isVerdict } from '../../objects/origin.js'
import type { Requester } from '../../objects/origin.js'
import { areSame, digestBytesOf } from '../../torrent/identity.js'
import type { Published } from '../../access/published.js'
import type { Identity } from '../../torrent/identity.js'
import type { MetainfoStore } from '../../store/digest-store.js'
import type { Uploads } from '../../delivery/uploads.js'
import { CannotTell } from '../public-torrents.js'
import type { PublicTorrent, PublicTorrents } from '../public-torrents.js'
import { infoDictionaryOf } from '../../torrent/info.js'
import { PeerConnection } from './peer-connection.js'
import { SeededTorrent, WrongPiece } from './seeded-torrent.js'
import type { SeederAddress } from './seeder-address.js'
import { UploadSlots } from './upload-slots.js'

export interface SeederLog {
  error (facts: object, message: string): void
  warn (facts: object, message: string): void
}

export interface SeederParts {
  readonly torrents: PublicTorrents
  readonly published: Published
  readonly store: MetainfoStore
  readonly uploads: Uploads
  readonly uploadSlots: number
  readonly address: SeederAddress
  readonly log: SeederLog
}

interface Seeding {
  /** The object's: several may have the same info hash. */
  readonly identity: Identity
  readonly torrent: SeededTorrent
  readonly peers: Set<PeerConnection>
  /** performance.now(). */
  publicAt: number
}

/** Of a piece that is read to be checked: more would not fit into what is kept in memory. */
const MAX_SEEDED_PIECE_LENGTH = 16 * 1024 * 1024
const MAX_CONNECTIONS = 1_000
const MAX_PER_NETWORK = 50
/** On top, for those whose place is being made free. */
const SPARE_CONNECTIONS = 16
const CHECK_MS = 10_000
/** How long a torrent is still seeded while the origin cannot be asked. */
const UNASKED_MS = 50_000
/** How long an object that gave something else than was hashed is not seeded. */
const BROKEN_MS = 60_000

/**
 * A seeder without a disk: pieces come from the origin. It takes connections, and makes none. Whoever makes it closes
 * it.
 */
export class Seeder {
  readonly #server: Server
  readonly #maxConnections = connectionsWithin(MAX_CONNECTIONS, 0.15)
  readonly #parts: SeederParts
  readonly #slots: UploadSlots
  readonly #peerId = Buffer.concat([Buffer.from('-oT0010-'), randomBytes(12)]) // BEP 20
  readonly #connections = new Set<PeerConnection>()
  readonly #networks = new NetworkCounts(MAX_PER_NETWORK)
  /** By info hash in hexadecimal digits: what peers are connected for. */
  readonly #seeding = new Map<string, Seeding>()
  /** By info hash: the object that is not seeded, and until when, performance.now(). */
  readonly #broken = new Map<string, { readonly identity: Identity, readonly until: number }>()
  readonly #checking: NodeJS.Timeout

  constructor (parts: SeederParts) {
    this.#parts = parts
    this.#slots = new UploadSlots(parts.uploadSlots)
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.maxConnections = this.#maxConnections + SPARE_CONNECTIONS
    this.#checking = setInterval(() => {
      this.#check().catch(
        (error: unknown) => parts.log.error({ err: error }, 'the seeder could not check its torrents')
      )
    }, CHECK_MS).unref()
  }

  /** Whether it seeds a torrent now (info hash in hexadecimal digits). */
  seeds (infoHash: string, { identity }: PublicTorrent): boolean {
    if (identity.pieceLength > MAX_SEEDED_PIECE_LENGTH) return false
    const broken = this.#broken.get(infoHash)
    return broken === undefined || broken.until <= performance.now() || !areSame(broken.identity, identity)
  }

  /** Peers that are connected now. */
  get peers (): number {
    return this.#connections.size
  }

  /** This seeder as a peer, for an announcer; undefined where it has no address of that family. */
  endpointFor (announcer: Buffer, reached: Buffer | undefined): Buffer | undefined {
    return this.#parts.address.endpointFor(announcer, reached)
  }

  /** @throws ListenError */
  listen (host: string, port: number): Promise<void> {
    return listen(this.#server, { flag: '--peer-port', host, port }, () => this.#server.listen({
      host, port, backlog: BACKLOG
    }))
  }

  close (): void {
    clearInterval(this.#checking)
    this.#server.close()
    for (const connection of this.#connections) connection.close()
    this.#slots.close()
  }

  #accept (socket: Socket): void {
    const network = networkKey(socket.remoteAddress ?? '')
    if (!this.#networks.enter(network)) {
      socket.destroy()
      return
    }
    if (this.#connections.size >= this.#maxConnections) this.#makeRoom()
    const connection = new PeerConnection(socket, {
      open: (infoHash, peer) => this.#open(infoHash, peer),
      failed: (infoHash, error) => this.#failed(infoHash, error),
      slots: this.#slots,
      uploads: this.#parts.uploads,
      peerId: this.#peerId
    })
    this.#connections.add(connection)
    connection.closed.addEventListener('abort', () => {
      this.#connections.delete(connection)
      this.#networks.leave(network)
    }, { once: true })
  }

  // Whoever has come first and not yet said which torrent it wants: silence holds no place that somebody else needs.
  #makeRoom (): void {
    for (const connection of this.#connections) {
      if (connection.hasTorrent) continue
      connection.close()
      return
    }
  }

  async #open (hex: string, peer: PeerConnection): Promise<SeededTorrent | undefined> {
    const found = await this.#parts.torrents.find(Buffer.from(hex, 'hex'))
    const everybody = found && this.#parts.published.requester(found.object)
    if (found === undefined || everybody === undefined || !this.seeds(hex, found) || peer.closed.aborted) {
      return undefined
    }
    const seeding = this.#seeding.get(hex) ?? this.#begin(hex, found, everybody)
    if (seeding === undefined) return undefined
    seeding.publicAt = performance.now()
    seeding.peers.add(peer)
    peer.closed.addEventListener('abort', () => {
      seeding.peers.delete(peer)
      if (seeding.peers.size === 0 && this.#seeding.get(hex) === seeding) this.#seeding.delete(hex)
    }, { once: true })
    return seeding.torrent
  }

  #begin (hex: string, { identity, object }: PublicTorrent, everybody: Requester): Seeding | undefined {
    const [known] = this.#parts.store.find(identity)
    if (known?.firstPiece !== 0 || known.digests.length !== digestBytesOf(identity)) return undefined
    const { etag, size, pieceLength } = identity
    const info = infoDictionaryOf(identity, known.digests)
    const torrent = new SeededTorrent(
      {
        content: { object, etag, size },
        everybody,
        uploads: this.#parts.uploads,
        info,
        digests: known.digests,
        pieceLength
      }
    )
    const seeding = { identity, torrent, peers: new Set<PeerConnection>(), publicAt: performance.now() }
    this.#seeding.set(hex, seeding)
    return seeding
  }

  // What has changed is not seeded by this name anymore; what is only down is waited for.
  #failed (hex: string, error: unknown): void {
    if (error instanceof WrongPiece) {
      this.#parts.log.error(
        { err: error, infoHash: hex },
        'the origin gave other bytes than were hashed, under the same ETag; the torrent is not seeded'
      )
    } else if (isVerdict(error)) {
      this.#parts.log.warn(
        {
          infoHash: hex, code: error.code
        }, 'the object has changed, or is not public anymore; the torrent is not seeded'
      )
    } else {
      return this.#parts.log.warn(
        { err: error, infoHash: hex }, 'a peer was sent away, because a piece could not be read'
      )
    }
    const identity = this.#seeding.get(hex)?.identity
    if (identity !== undefined) this.#broken.set(hex, { identity, until: performance.now() + BROKEN_MS })
    this.#stop(hex)
  }

  async #check (): Promise<void> {
    const now = performance.now()
    for (const [hex, { until }] of this.#broken) if (until < now) this.#broken.delete(hex)
    await Promise.all([...this.#seeding].map(async ([hex, seeding]) => {
      try {
        const found = await this.#parts.torrents.find(Buffer.from(hex, 'hex'))
        // Peers of the same torrent come back to the other object.
        if (found === undefined || !areSame(found.identity, seeding.identity)) this.#stop(hex)
        else seeding.publicAt = performance.now()
      } catch (error) {
        if (!(error instanceof CannotTell)) throw error
        if (performance.now() - seeding.publicAt > UNASKED_MS) this.#stop(hex)
      }
    }))
  }

  #stop (hex: string): void {
    for (const peer of this.#seeding.get(hex)?.peers ?? []) peer.close()
    this.#seeding.delete(hex)
  }
}
