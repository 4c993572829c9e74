import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { addressBytes, networkKey } from '../../net/endpoint.js'
import { listen } from '../../net/listen.js'
import { NetworkCounts } from '../../net/network-counts.js'
import { ConnectionIds } from './connection-id.js'
import type { TrackerCounts, TrackerLog } from './http-tracker.js'
import { DEFAULT_NUMWANT } from './tracker.js'
import type { Tracker } from './tracker.js'
import { TrackerRefusal } from './tracker-refusal.js'
import { announcePacket, connectPacket, errorPacket, mostPeers, parsePacket, scrapePacket } from './udp-packet.js'

export interface UdpTrackerParts {
  readonly tracker: Tracker
  readonly log: TrackerLog
}

// Answers that wait for the origin; what comes on top is not answered, and asked again (BEP 15).
const MAX_WAITING = 1_000
const MAX_WAITING_OF_NETWORK = 64

/** BEP 15. Nobody is answered more than a connection id before having shown that packets reach the address they name. Whoever makes it closes it. */
export class UdpTracker {
  readonly counts: TrackerCounts = { announces: 0, scrapes: 0, refusals: 0 }
  readonly #parts: UdpTrackerParts
  readonly #connectionIds = new ConnectionIds()
  #socket: Socket | undefined
  readonly #networks = new NetworkCounts(MAX_WAITING_OF_NETWORK)
  #waiting = 0

  constructor (parts: UdpTrackerParts) {
    this.#parts = parts
  }

  /** @throws ListenError */
  async listen (host: string, port: number): Promise<void> {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' })
    this.#socket = socket
    await listen(socket, { flag: '--tracker-port', host, port }, () => socket.bind({ address: host, port }))
    socket.on('error', (error) => this.#parts.log.error({ err: error }, 'the UDP tracker has stopped'))
    socket.on('message', (packet, from) => {
      if (this.#waiting < MAX_WAITING) this.#answer(socket, packet, from).catch((error: unknown) => this.#parts.log.error({ err: error }, 'the UDP tracker could not answer'))
    })
  }

  close (): void {
    this.#socket?.close()
  }

  async #answer (socket: Socket, packet: Buffer, from: RemoteInfo): Promise<void> {
    const network = networkKey(from.address)
    if (!this.#networks.enter(network)) return
    this.#waiting++
    try {
      const reply = await this.#reply(packet, from)
      if (reply !== undefined) socket.send(reply, from.port, from.address, () => {}) // what cannot be sent is lost, as packets are
    } finally {
      this.#waiting--
      this.#networks.leave(network)
    }
  }

  async #reply (packet: Buffer, from: RemoteInfo): Promise<Buffer | undefined> {
    const request = parsePacket(packet)
    const address = addressBytes(from.address)
    if (request === undefined || address === undefined || from.port === 0) return undefined
    const { transactionId } = request
    if (request.action === 'connect') return connectPacket(transactionId, this.#connectionIds.give(address))
    if (!this.#connectionIds.isGood(request.connectionId, address)) return undefined
    try {
      if (request.action === 'scrape') {
        this.counts.scrapes++
        return scrapePacket(transactionId, request.infoHashes, await this.#parts.tracker.scrape(request.infoHashes))
      }
      this.counts.announces++
      const { numwant = DEFAULT_NUMWANT } = request.announce
      const reply = await this.#parts.tracker.announce({ ...request.announce, numwant: Math.min(numwant, mostPeers(address.length + 2)), address, reached: undefined })
      return announcePacket(transactionId, reply)
    } catch (error) {
      if (!(error instanceof TrackerRefusal)) throw error
      this.counts.refusals++
      return errorPacket(transactionId, error.message)
    }
  }
}
