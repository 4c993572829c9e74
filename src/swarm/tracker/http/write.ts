import { formatAddress } from '../../../net/endpoint.js'
import type { AnnounceReply, ScrapeCounts } from '../tracker.js'
import type { TrackerRefusal } from '../tracker-refusal.js'

/**
 * An announce's answer (BEP 3, BEP 23, BEP 7, BEP 24), keys sorted; its bytes as Latin-1.
 * @param address the announcer's
 */
export function announceDocument (
  { interval, minInterval, complete, incomplete, downloaded, peers }: AnnounceReply, address: Buffer, compact: boolean
): string {
  const head =
    `d8:completei${complete}e10:downloadedi${downloaded}e11:external ip${address.length}:${address.toString('latin1')}`
  const counts = `10:incompletei${incomplete}e8:intervali${interval}e12:min intervali${minInterval}e`
  // BEP 7: `peers` stays where all have IPv6, because clients expect it.
  const list = !compact
    ? dictionaries(peers, address.length)
    : `${address.length === 16 ? '5:peers0:6:peers6' : '5:peers'}${peers.length}:${peers.toString('latin1')}`
  return `${head}${counts}${list}e`
}

/** A scrape's answer (BEP 48): `files` by the raw 20 bytes of each info hash, sorted; its bytes as Latin-1. */
export function scrapeDocument (counts: ReadonlyMap<string, ScrapeCounts>): string {
  const files = [...counts].sort(([a], [b]) => a < b ? -1 : 1).flatMap((
    [hex, { complete, downloaded, incomplete }]
  ) => [
    '20:', Buffer.from(hex, 'hex').toString(
      'latin1'
    ), `d8:completei${complete}e10:downloadedi${downloaded}e10:incompletei${incomplete}ee`
  ])
  return `d5:filesd${files.join('')}ee`
}

/** BEP 3, BEP 31. @returns its bytes as Latin-1 */
export function refusalDocument ({ message, retryIn }: TrackerRefusal): string {
  const retry = retryIn === undefined ? '' : `8:retry ini${retryIn}e`
  return `d14:failure reason${message.length}:${message}${retry}e`
}

// Without `peer id`, as for no_peer_id=1: it is not kept.
function dictionaries (peers: Buffer, addressBytes: number): string {
  const entries: string[] = []
  for (let at = 0; at < peers.length; at += addressBytes + 2) {
    const ip = formatAddress(peers.subarray(at, at + addressBytes))
    entries.push(`d2:ip${ip.length}:${ip}4:porti${peers.readUInt16BE(at + addressBytes)}ee`)
  }
  return `5:peersl${entries.join('')}e`
}
