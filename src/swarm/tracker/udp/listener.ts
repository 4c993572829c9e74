import type { RemoteInfo, Socket } from 'node:dgram'
import { addressBytes, networkKey } from '../../../net/endpoint.js'
import { NetworkCounts } from '../../../net/network-counts.js'
import { UdpSockets } from '../../../net/udp-sockets.js'
import { announceNumbers } from '../announce-numbers.js'
import { DEFAULT_NUMWANT } from '../tracker.js'
import type { Tracker } from '../tracker.js'
import { TrackerRefusal } from '../tracker-refusal.js'
import type { TrackerCounts, TrackerLog, TrackerTransport } from '../transport.js'
import { ConnectionIds } from './connection-id.js'
import { parsePacket } from './parse.js'
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
    this.#sockets = new UdpSockets((socket, packet, from, reached) => {
      if (this.#waiting >= MAX_WAITING) return
      this.#answer(socket, packet, from, reached).catch(
        (error: unknown) => parts.log.error({ err: error }, 'the UDP tracker could not answer')
      )
    }, parts.log)
  }

  listen (host: string, port: number): Promise<void> {
    return this.#sockets.listen({ flag: '--tracker-port', host, port })
  }

  close (): void {
    this.#sockets.close()
  }

  async #answer (socket: Socket, packet: Buffer, from: RemoteInfo, reached: Buffer | undefined): Promise<void> {
    const network = networkKey(from.address)
    if (!this.#networks.enter(network)) return
    this.#waiting++
    try {
      const reply = await this.#reply(packet, from, reached)
      if (reply !== undefined) send(socket, reply, from)
    } finally {
      this.#waiting--
      this.#networks.leave(network)
    }
  }

  async #reply (packet: Buffer, from: RemoteInfo, reached: Buffer | undefined): Promise<Buffer | undefined> {
    const request = parsePacket(packet)
    const address = addressBytes(from.address)
    if (request === undefined || address === undefined || from.port === 0) return undefined
    const { transactionId } = request
    if (request.action === 'connect') return connectPacket(transactionId, this.#connectionIds.give(address))
    if (!this.#connectionIds.isGood(request.connectionId, address)) return undefined
    const connection = { address, reached }
    try {
      if (request.action === 'scrape') {
        this.counts.scrapes++
        return scrapePacket(
          transactionId, request.infoHashes, await this.#parts.tracker.scrape(request.infoHashes, connection)
        )
      }
      this.counts.announces++
      const { numwant = DEFAULT_NUMWANT, ...numbers } = announceNumbers(request.numbers)
      const announce = { ...request.announce, ...numbers, numwant: Math.min(numwant, mostPeers(address.length + 2)) }
      const reply = await this.#parts.tracker.announce(announce, connection)
      return announcePacket(transactionId, reply)
    } catch (error) {
      if (!(error instanceof TrackerRefusal)) throw error
      this.counts.refusals++
      return errorPacket(transactionId, error.message)
    }
  }
}

// An answer that cannot be sent is lost, as packets are: the socket may be closed by now, with its address or with us.
function send (socket: Socket, reply: Buffer, { port, address }: RemoteInfo): void {
  try {
    socket.send(reply, port, address, () => {})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error
  }
}
