import { formatAddress } from '../../net/endpoint.js'
import type { AnnounceReply, ScrapeCounts } from './tracker.js'
import type { TrackerRefusal } from './tracker-refusal.js'

const END = Buffer.from('e')

/** An announce's answer (BEP 3, BEP 23, BEP 7, BEP 24), keys sorted. @param address the announcer's */
export function announceDocument ({ interval, minInterval, complete, incomplete, downloaded, peers }: AnnounceReply, address: Buffer, compact: boolean): Buffer {
  const ipv6 = address.length === 16
  const head = Buffer.from(`d8:completei${complete}e10:downloadedi${downloaded}e11:external ip${address.length}:`)
  const counts = Buffer.from(`10:incompletei${incomplete}e8:intervali${interval}e12:min intervali${minInterval}e`)
  // BEP 7: `peers` stays where all have IPv6, because clients expect it.
  const list = !compact
    ? dictionaries(peers, address.length)
    : ipv6 ? Buffer.concat([Buffer.from(`5:peers0:6:peers6${peers.length}:`), peers]) : Buffer.concat([Buffer.from(`5:peers${peers.length}:`), peers])
  return Buffer.concat([head, address, counts, list, END])
}

/** A scrape's answer (BEP 48): `files` by the raw 20 bytes of each info hash, sorted. */
export function scrapeDocument (counts: ReadonlyMap<string, ScrapeCounts>): Buffer {
  const files = [...counts].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([hex, { complete, downloaded, incomplete }]) => [
    Buffer.from('20:'), Buffer.from(hex, 'hex'), Buffer.from(`d8:completei${complete}e10:downloadedi${downloaded}e10:incompletei${incomplete}ee`)
  ])
  return Buffer.concat([Buffer.from('d5:filesd'), ...files, Buffer.from('ee')])
}

/** BEP 3, BEP 31. */
export function refusalDocument ({ message, retryIn }: TrackerRefusal): Buffer {
  const retry = retryIn === undefined ? '' : retryIn === 'never' ? '8:retry in5:never' : `8:retry ini${retryIn}e`
  return Buffer.from(`d14:failure reason${Buffer.byteLength(message)}:${message}${retry}e`)
}

// Without `peer id`, as for no_peer_id=1: it is not kept.
function dictionaries (peers: Buffer, addressBytes: number): Buffer {
  const entries: string[] = []
  for (let at = 0; at < peers.length; at += addressBytes + 2) {
    const ip = formatAddress(peers.subarray(at, at + addressBytes))
    entries.push(`d2:ip${ip.length}:${ip}4:porti${peers.readUInt16BE(at + addressBytes)}ee`)
  }
  return Buffer.from(`5:peersl${entries.join('')}e`)
}
