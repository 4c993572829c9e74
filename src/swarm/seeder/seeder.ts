import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { Delivery } from '../../delivery/delivery.js'
import { connectionsWithin } from '../../net/descriptor-share.js'
import { networkKey } from '../../net/endpoint.js'
import { BACKLOG, listen } from '../../net/listen.js'
import { NetworkCounts } from '../../net/network-counts.js'
import type { InfoHash } from '../../torrent/info-hash.js'
import type { PublicTorrent } from '../public-torrents.js'
import { PeerConnection } from './peer-connection.js'
import type { SeederAddress } from './seeder-address.js'
import { Seedings } from './seedings.js'
import type { SeedingsParts } from './seedings.js'
import { UploadSlots } from './upload-slots.js'

export interface SeederParts extends SeedingsParts {
  readonly delivery: Delivery
  readonly uploadSlots: number
  readonly address: SeederAddress
}

const MAX_CONNECTIONS = 1_000
const MAX_PER_NETWORK = 50
/** On top, for those whose place is being made free. */
const SPARE_CONNECTIONS = 16
const CHECK_MS = 10_000

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
  readonly #seedings: Seedings
  readonly #checking: NodeJS.Timeout

  constructor (parts: SeederParts) {
    this.#parts = parts
    this.#seedings = new Seedings(parts)
    this.#slots = new UploadSlots(parts.uploadSlots)
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.maxConnections = this.#maxConnections + SPARE_CONNECTIONS
    this.#checking = setInterval(() => {
      this.#seedings.check().catch(
        (error: unknown) => parts.log.error({ err: error }, 'the seeder could not check its torrents')
      )
    }, CHECK_MS).unref()
  }

  /** Whether it seeds a torrent now. */
  seeds (infoHash: InfoHash, torrent: PublicTorrent): boolean {
    return this.#seedings.isSeedable(infoHash.hex, torrent)
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
      open: (infoHash, peer) => this.#seedings.open(infoHash, peer),
      failed: (infoHash, error) => this.#seedings.failed(infoHash, error),
      slots: this.#slots,
      delivery: this.#parts.delivery,
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
}
