import type { InfoHash } from '../../../torrent/info-hash.js'
import type { AnnounceReply, ScrapeCounts } from '../tracker.js'
import { ACTION } from './parse.js'

/** Bytes that pass every link in one piece. */
const MAX_PACKET_BYTES = 1400
/** What stands before the peers of an announce's answer. */
const ANNOUNCE_HEAD_BYTES = 20

export function connectPacket (transactionId: number, connectionId: Uint8Array): Buffer {
  return Buffer.concat([numbers(ACTION.connect, transactionId), connectionId])
}

/** How many peers fit into one packet. @param endpointBytes 6 or 18 */
export function mostPeers (endpointBytes: number): number {
  return Math.floor((MAX_PACKET_BYTES - ANNOUNCE_HEAD_BYTES) / endpointBytes)
}

export function announcePacket (
  transactionId: number, { interval, incomplete, complete, peers }: AnnounceReply
): Buffer {
  const packet = Buffer.allocUnsafe(ANNOUNCE_HEAD_BYTES + peers.length)
  packet.writeUInt32BE(ACTION.announce, 0)
  packet.writeUInt32BE(transactionId, 4)
  packet.writeUInt32BE(interval, 8)
  packet.writeUInt32BE(incomplete, 12)
  packet.writeUInt32BE(complete, 16)
  packet.set(peers, ANNOUNCE_HEAD_BYTES)
  return packet
}

/** In the order of the request; zeros for each torrent that this tracker does not have. */
export function scrapePacket (
  transactionId: number, infoHashes: readonly InfoHash[], counts: ReadonlyMap<string, ScrapeCounts>
): Buffer {
  const each = infoHashes.map(({ hex }) => {
    const { complete = 0, downloaded = 0, incomplete = 0 } = counts.get(hex) ?? {}
    return numbers(complete, downloaded, incomplete)
  })
  return Buffer.concat([numbers(ACTION.scrape, transactionId), ...each])
}

export function errorPacket (transactionId: number, message: string): Buffer {
  return Buffer.concat([numbers(ACTION.error, transactionId), Buffer.from(message)])
}

function numbers (...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4)
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4))
  return bytes
}
