import type { RemoteInfo, Socket } from 'node:dgram'
import { addressBytes, networkKey } from '../../../net/endpoint.js'
import { NetworkCounts } from '../../../net/network-counts.js'
import { UdpSockets } from '../../../net/udp-sockets.js'
import type { UdpLog } from '../../../net/udp-sockets.js'
import { announceNumbers } from '../announce-numbers.js'
import { ConnectionIds } from './connection-id.js'
import type { TrackerCounts } from '../http/listener.js'
import { DEFAULT_NUMWANT } from '../tracker.js'
import type { Tracker } from '../tracker.js'
import { TrackerRefusal } from '../tracker-refusal.js'
import { announcePacket, connectPacket, errorPacket, mostPeers, parsePacket, scrapePacket } from './parse.js'

export interface UdpTrackerParts {
  readonly tracker: Tracker
  readonly log: UdpLog
}

// Answers that wait for the origin; what comes on top is not answered, and asked again (BEP 15).
const MAX_WAITING = 1_000
const MAX_WAITING_OF_NETWORK = 64

/**
 * BEP 15. Nobody is answered more than a connection id before having shown that packets reach the address they name.
 * Whoever makes it closes it.
 */
export class UdpTracker {
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

  /** @throws ListenError */
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
      // What cannot be sent is lost, as packets are.
      if (reply !== undefined) socket.send(reply, from.port, from.address, () => {})
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
