import { isVerdict } from '../../objects/origin-errors.js'
import { InfoHash } from '../../torrent/info-hash.js'
import { AskedOnce } from '../../util/asked-once.js'
import { areSame } from '../../torrent/identity.js'
import type { Identity } from '../../torrent/identity.js'
import { CannotTell } from '../public-torrents.js'
import type { PublicTorrent, PublicTorrents } from '../public-torrents.js'
import type { PeerConnection } from './peer-connection.js'
import { seedableTorrent } from './seedable-torrent.js'
import type { SeedableParts } from './seedable-torrent.js'
import { WrongPiece } from './seeded-torrent.js'
import type { SeededTorrent } from './seeded-torrent.js'

export interface SeederLog {
  error (facts: object, message: string): void
  warn (facts: object, message: string): void
}

export interface SeedingsParts extends SeedableParts {
  readonly torrents: Pick<PublicTorrents, 'find'>
  readonly log: SeederLog
}

/** A peer as far as a seeding knows it. */
export type SeededPeer = Pick<PeerConnection, 'closed' | 'close'>

interface Seeding {
  /** The object's: several may have the same info hash. */
  readonly identity: Identity
  readonly torrent: SeededTorrent
  readonly peers: Set<SeededPeer>
  /** performance.now(). */
  publicAt: number
}

/** A longer piece, which is read whole to be checked, would not fit into what is kept in memory. */
const MAX_SEEDED_PIECE_LENGTH = 16 * 1024 * 1024
/** How long a torrent is still seeded while the origin cannot be asked. */
const UNASKED_MS = 50_000
/** How long an object that gave something else than was hashed is not seeded. */
const BROKEN_MS = 60_000

/** The torrents that peers are connected for, by info hash in hexadecimal digits. */
export class Seedings {
  readonly #parts: SeedingsParts
  readonly #seedings = new Map<string, Seeding>()
  /** Those whose digests the store is being asked for. */
  readonly #beginning = new AskedOnce<Seeding | undefined>()
  /** The object that is not seeded, and until when, performance.now(). */
  readonly #broken = new Map<string, { readonly identity: Identity, readonly until: number }>()

  constructor (parts: SeedingsParts) {
    this.#parts = parts
  }

  /** Whether a torrent is one that is seeded now. */
  isSeedable (hex: string, { identity }: PublicTorrent): boolean {
    if (identity.pieceLength > MAX_SEEDED_PIECE_LENGTH) return false
    const broken = this.#broken.get(hex)
    return broken === undefined || broken.until <= performance.now() || !areSame(broken.identity, identity)
  }

  /**
   * The torrent that a peer asks for, whose seeding begins with its first peer and ends with its last; undefined: none
   * that is seeded, or the peer has gone.
   * @throws CannotTell
   */
  async open (hex: string, peer: SeededPeer): Promise<SeededTorrent | undefined> {
    const found = await this.#parts.torrents.find(InfoHash.ofHex(hex))
    if (found === undefined || !this.isSeedable(hex, found)) return undefined
    const seeding = await this.#seedingOf(hex, found)
    if (seeding === undefined) return undefined
    if (peer.closed.aborted || this.#seedings.get(hex) !== seeding) { // it was stopped while the store answered
      this.#endIfLeft(hex, seeding)
      return undefined
    }
    seeding.publicAt = performance.now()
    seeding.peers.add(peer)
    peer.closed.addEventListener('abort', () => {
      seeding.peers.delete(peer)
      this.#endIfLeft(hex, seeding)
    }, { once: true })
    return seeding.torrent
  }

  /** A block could not be read. What has changed is not seeded anymore; what is only down is waited for. */
  failed (hex: string, error: unknown): void {
    const { log } = this.#parts
    if (error instanceof WrongPiece) {
      log.error(
        { err: error, infoHash: hex },
        'the origin gave other bytes than were hashed, under the same ETag; the torrent is not seeded'
      )
    } else if (isVerdict(error)) {
      log.warn(
        { infoHash: hex, code: error.code },
        'the object has changed, or is not public anymore; the torrent is not seeded'
      )
    } else {
      return log.warn({ err: error, infoHash: hex }, 'a peer was sent away, because a piece could not be read')
    }
    const identity = this.#seedings.get(hex)?.identity
    if (identity !== undefined) this.#broken.set(hex, { identity, until: performance.now() + BROKEN_MS })
    this.#stop(hex)
  }

  /** Stops what is not public anymore. */
  async check (): Promise<void> {
    const now = performance.now()
    for (const [hex, { until }] of this.#broken) if (until < now) this.#broken.delete(hex)
    await Promise.all([...this.#seedings].map(async ([hex, seeding]) => {
      try {
        const found = await this.#parts.torrents.find(InfoHash.ofHex(hex))
        // Peers of the same torrent come back to the other object.
        if (found === undefined || !areSame(found.identity, seeding.identity)) this.#stop(hex)
        else seeding.publicAt = performance.now()
      } catch (error) {
        if (!(error instanceof CannotTell)) throw error
        if (performance.now() - seeding.publicAt > UNASKED_MS) this.#stop(hex)
      }
    }))
  }

  #seedingOf (hex: string, torrent: PublicTorrent): Promise<Seeding | undefined> {
    const running = this.#seedings.get(hex)
    if (running !== undefined) return Promise.resolve(running)
    return this.#beginning.ask(hex, () => this.#begin(hex, torrent))
  }

  async #begin (hex: string, found: PublicTorrent): Promise<Seeding | undefined> {
    const torrent = await seedableTorrent(this.#parts, hex, found)
    if (torrent === undefined) return undefined
    const { identity } = found
    const seeding = { identity, torrent, peers: new Set<SeededPeer>(), publicAt: performance.now() }
    this.#seedings.set(hex, seeding)
    return seeding
  }

  #endIfLeft (hex: string, seeding: Seeding): void {
    if (seeding.peers.size === 0 && this.#seedings.get(hex) === seeding) this.#seedings.delete(hex)
  }

  #stop (hex: string): void {
    for (const peer of this.#seedings.get(hex)?.peers ?? []) peer.close()
    this.#seedings.delete(hex)
  }
}
