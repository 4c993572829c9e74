import { InfoHash } from '../../../torrent/info-hash.js'
import type { AnnounceNumbers } from '../announce-numbers.js'
import { clientOf } from '../client-identity.js'
import { DIGEST_BYTES } from '../../../torrent/sha1.js'
import { MAX_SCRAPED } from '../tracker.js'
import type { AnnounceRequest } from '../tracker.js'

const PROTOCOL_ID = 0x41727101980n
/** BEP 15. */
export const ACTION = { connect: 0, announce: 1, scrape: 2, error: 3 } as const
const EVENTS = [undefined, 'completed', 'started', 'stopped'] as const
const HEAD_BYTES = 16
const ANNOUNCE_BYTES = 98

interface Asked { readonly transactionId: number }
interface Connected extends Asked { readonly connectionId: Buffer }

/** The question in a packet (BEP 15). */
export type UdpRequest =
  | Asked & { readonly action: 'connect' }
  | Connected & {
    readonly action: 'announce'
    readonly announce: Omit<AnnounceRequest, keyof AnnounceNumbers>
    readonly numbers: AnnounceNumbers
  }
  | Connected & { readonly action: 'scrape', readonly infoHashes: readonly InfoHash[] }

/**
 * Undefined for a packet that is no request. The `ip` of an announce is not looked at, nor are the options after it
 * (BEP 41).
 */
export function parsePacket (packet: Buffer): UdpRequest | undefined {
  if (packet.length < HEAD_BYTES) return undefined
  const action = packet.readUInt32BE(8)
  const transactionId = packet.readUInt32BE(12)
  if (action === ACTION.connect) {
    return packet.readBigUInt64BE(0) === PROTOCOL_ID ? { action: 'connect', transactionId } : undefined
  }
  const connectionId = packet.subarray(0, 8)
  if (action === ACTION.announce && packet.length >= ANNOUNCE_BYTES) {
    return {
      action: 'announce',
      transactionId,
      connectionId,
      announce: {
        infoHash: InfoHash.ofBytes(packet.subarray(16, 36)),
        event: EVENTS[packet.readUInt32BE(80)],
        client: clientOf(packet.subarray(36, 56), packet.readUInt32BE(88))
      },
      numbers: {
        port: packet.readUInt16BE(96), left: Number(packet.readBigInt64BE(64)), numwant: packet.readInt32BE(92)
      }
    }
  }
  const hashes = Math.floor((packet.length - HEAD_BYTES) / DIGEST_BYTES)
  if (action !== ACTION.scrape || hashes === 0) return undefined
  const infoHashes = Array.from({ length: Math.min(hashes, MAX_SCRAPED) }, (_, i) => InfoHash.ofBytes(
    packet.subarray(HEAD_BYTES + i * DIGEST_BYTES, HEAD_BYTES + (i + 1) * DIGEST_BYTES)
  ))
  return { action: 'scrape', transactionId, connectionId, infoHashes }
}
