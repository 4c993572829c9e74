import bencode from 'bencode'
import { httpGet } from './http-get.js'
import type { HttpRequest } from './http-get.js'

/** Where a tracker answers. */
export interface TrackerAt {
  host?: string
  port: number
}

export interface AnnounceParameters {
  port?: number
  left?: number | string
  event?: 'started' | 'stopped' | 'completed' | 'paused'
  numwant?: number
  compact?: 0 | 1
  /** More of the query, from its `&` on. */
  more?: string
}

/** An announce's answer, as the `bencode` package reads it. */
export interface Announced {
  /** undefined: it was not refused. */
  failure: string | undefined
  retryIn: number | string | undefined
  interval: number
  minInterval: number
  complete: number
  incomplete: number
  downloaded: number
  /** BEP 24, as `addressOf` writes it. */
  externalAddress: string
  /** `address:port`, in the order in which they came. */
  peers: string[]
}

/** An info hash, in hexadecimal digits, as it is written into a query. */
export const escaped = (infoHash: string): string => infoHash.replace(/../g, '%$&')

export function announcePath (
  infoHash: string, { port = 6999, left = 1, event, numwant, compact, more = '' }: AnnounceParameters = {}
): string {
  const optional = Object.entries({ event, numwant, compact }).map(
    ([name, value]) => value === undefined ? '' : `&${name}=${value}`
  ).join('')
  return `/announce?info_hash=${escaped(infoHash)}&peer_id=-XX0000-123456789012&port=${port}&uploaded=0&` +
    `downloaded=0&left=${left}${optional}${more}`
}

export function scrapePath (...infoHashes: string[]): string {
  return `/scrape?${infoHashes.map((infoHash) => `info_hash=${escaped(infoHash)}`).join('&')}`
}

/** Announces a peer over HTTP. Rejects where the answer is no canonical bencoding. */
export async function announce (
  at: TrackerAt, infoHash: string, parameters: AnnounceParameters = {}, options: HttpRequest = {}
): Promise<Announced> {
  return announced((await httpGet({ ...at, path: announcePath(infoHash, parameters) }, options)).body)
}

export function announced (body: Buffer): Announced {
  const document = bencode.decode(body) as Record<string, unknown>
  if (!body.equals(bencode.encode(document))) throw new Error(`not canonical: ${body.toString('latin1')}`)
  const text = (name: string): string | undefined => document[name] === undefined
    ? undefined
    : Buffer.from(document[name] as Uint8Array).toString()
  const number = (name: string): number => document[name] as number
  const retry = document['retry in']
  return {
    failure: text('failure reason'),
    retryIn: typeof retry === 'number' ? retry : text('retry in'),
    interval: number('interval'),
    minInterval: number('min interval'),
    complete: number('complete'),
    incomplete: number('incomplete'),
    downloaded: number('downloaded'),
    externalAddress: addressOf(Buffer.from(document['external ip'] as Uint8Array | undefined ?? [])),
    peers: peersIn(document)
  }
}

/** Compact endpoints, one after the other, as `address:port`. */
export function endpointsOf (bytes: Buffer, addressBytes: 4 | 16): string[] {
  return Array.from({ length: bytes.length / (addressBytes + 2) }, (_, i) => {
    const endpoint = bytes.subarray(i * (addressBytes + 2), (i + 1) * (addressBytes + 2))
    return `${addressOf(endpoint.subarray(0, -2))}:${endpoint.readUInt16BE(addressBytes)}`
  })
}

/** IPv4 as usual, IPv6 as eight groups. */
export function addressOf (bytes: Buffer): string {
  return bytes.length === 16
    ? Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16)).join(':')
    : bytes.join('.')
}

function peersIn ({ peers, peers6 }: Record<string, unknown>): string[] {
  if (Array.isArray(peers)) {
    return (peers as Array<{ ip: Uint8Array, port: number }>).map(
      ({ ip, port }) => `${Buffer.from(ip).toString()}:${port}`
    )
  }
  return [
    ...endpointsOf(Buffer.from(peers as Uint8Array | undefined ?? []), 4),
    ...endpointsOf(Buffer.from(peers6 as Uint8Array | undefined ?? []), 16)
  ]
}
