import type { RemoteInfo, Socket } from 'node:dgram'
import { addressBytes, networkKeyOf } from '../../../net/endpoint.js'
import { NetworkCounts } from '../../../net/network-counts.js'
import { UdpSockets } from '../../../net/udp-sockets.js'
import { announceNumbers } from '../announce-numbers.js'
import { DEFAULT_NUMWANT } from '../tracker.js'
import type { Connection, Tracker } from '../tracker.js'
import { TrackerRefusal } from '../tracker-refusal.js'
import type { TrackerCounts, TrackerLog, TrackerTransport } from '../transport.js'
import { ConnectionIds } from './connection-id.js'
import { parsePacket } from './parse.js'
import type { UdpRequest } from './parse.js'
import { announcePacket, connectPacket, errorPacket, mostPeers, scrapePacket } from './write.js'

export interface UdpTrackerParts {
  readonly tracker: Pick<Tracker, 'announce' | 'scrape'>
  readonly log: TrackerLog
}

// Answers that wait for origin or peers. A packet on top of them gets no answer, and is sent again (BEP 15).
const MAX_WAITING = 1_000
const MAX_WAITING_OF_NETWORK = 64

/**
 * BEP 15. Nobody is answered more than a connection id before having shown that packets reach the address they name.
 * Answers go out as they come, each with the transaction id of its request. Whoever makes it closes it.
 */
export class UdpTracker implements TrackerTransport {
  readonly name = 'udp'
  readonly counts: TrackerCounts = { announces: 0, scrapes: 0, refusals: 0 }
  readonly #parts: UdpTrackerParts
  readonly #connectionIds = new ConnectionIds()
  readonly #sockets: UdpSockets
  readonly #networks = new NetworkCounts(MAX_WAITING_OF_NETWORK)
  #waiting = 0

  constructor (parts: UdpTrackerParts) {
    this.#parts = parts
    this.#sockets = new UdpSockets((...received) => this.#receive(...received), parts.log)
  }

  listen (host: string, port: number): Promise<void> {
    return this.#sockets.listen({ flag: '--tracker-port', host, port })
  }

  close (): void {
    this.#sockets.close()
  }

  // What needs nobody else is answered at once; whoever has not shown its address keeps nothing waiting.
  #receive (socket: Socket, packet: Buffer, from: RemoteInfo, reached: Buffer | undefined): void {
    const request = parsePacket(packet)
    const address = addressBytes(from.address)
    if (request === undefined || address === undefined || from.port === 0) return
    if (request.action === 'connect') {
      send(socket, connectPacket(request.transactionId, this.#connectionIds.give(address)), from)
      return
    }
    const network = networkKeyOf(address)
    if (!this.#connectionIds.isGood(request.connectionId, address)) return
    if (this.#waiting >= MAX_WAITING || !this.#networks.enter(network)) return
    this.#waiting++
    this.#answer(socket, request, { address, reached }, from, network).catch(
      (error: unknown) => this.#parts.log.error({ err: error }, 'the UDP tracker could not answer')
    )
  }

  async #answer (
    socket: Socket, request: UdpQuestion, connection: Connection, from: RemoteInfo, network: string
  ): Promise<void> {
    try {
      send(socket, await this.#reply(request, connection), from)
    } finally {
      this.#waiting--
      this.#networks.leave(network)
    }
  }

  async #reply (request: UdpQuestion, connection: Connection): Promise<Buffer> {
    const { tracker } = this.#parts
    const { transactionId } = request
    try {
      if (request.action === 'scrape') {
        this.counts.scrapes++
        return scrapePacket(transactionId, request.infoHashes, await tracker.scrape(request.infoHashes, connection))
      }
      this.counts.announces++
      const { infoHash, event, client } = request.announce
      const { port, left, numwant = DEFAULT_NUMWANT } = announceNumbers(request.numbers)
      const most = mostPeers(connection.address.length + 2)
      return announcePacket(transactionId, await tracker.announce({
        infoHash, port, left, event, numwant: Math.min(numwant, most), client
      }, connection))
    } catch (error) {
      if (!(error instanceof TrackerRefusal)) throw error
      this.counts.refusals++
      return errorPacket(transactionId, error.message)
    }
  }
}

/** What is answered to whoever has shown its address. */
type UdpQuestion = Exclude<UdpRequest, { readonly action: 'connect' }>

// An answer that cannot be sent is lost, as packets are: the socket may be closed by now, with its address or with us.
function send (socket: Socket, reply: Buffer, { port, address }: RemoteInfo): void {
  try {
    socket.send(reply, port, address)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error
  }
}
