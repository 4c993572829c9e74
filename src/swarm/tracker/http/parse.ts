import { InfoHash } from '../../../torrent/info-hash.js'
import { announceNumbers } from '../announce-numbers.js'
import { clientOf } from '../client-identity.js'
import { MAX_SCRAPED } from '../tracker.js'
import type { AnnounceRequest } from '../tracker.js'
import { TrackerRefusal } from '../tracker-refusal.js'

/**
 * What an announce says of itself; where it came from is the connection's to say: `ip`, `ipv4` and `ipv6` are not
 * looked at (BEP 7 warns).
 */
export interface AnnounceQuery extends AnnounceRequest {
  /** BEP 23: false for who asks for dictionaries instead. */
  readonly compact: boolean
}

const EVENTS = new Set(['started', 'completed', 'stopped', 'paused'])
const ID_BYTES = 20

/** Parses what is behind the `?` of an announce (BEP 3). @throws TrackerRefusal */
export function parseAnnounce (query: string): AnnounceQuery {
  const values = new Map<string, string>()
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    if (equals <= 0) continue
    const name = pair.slice(0, equals)
    if (!values.has(name)) values.set(name, pair.slice(equals + 1))
    else if (name === 'info_hash') throw new TrackerRefusal('info_hash was given twice.')
  }
  const infoHash = InfoHash.ofBytes(idOf(values, 'info_hash'))
  const peerId = idOf(values, 'peer_id')
  const { port, left, numwant } = announceNumbers({
    port: numberOf(values, 'port'), left: numberOf(values, 'left'), numwant: numberOf(values, 'numwant')
  })
  const event = values.get('event') ?? ''
  return {
    infoHash,
    port,
    left,
    numwant,
    event: EVENTS.has(event) ? event as AnnounceQuery['event'] : undefined,
    client: clientOf(peerId, values.get('key') ?? ''),
    compact: values.get('compact') !== '0'
  }
}

/** The info hashes of a scrape (BEP 48), 1 to 74 of them. @throws TrackerRefusal */
export function parseScrape (query: string): InfoHash[] {
  const infoHashes: InfoHash[] = []
  for (const pair of query.split('&')) {
    if (!pair.startsWith('info_hash=')) continue
    if (infoHashes.length === MAX_SCRAPED) {
      throw new TrackerRefusal(`At most ${MAX_SCRAPED} torrents can be scraped at once.`)
    }
    infoHashes.push(InfoHash.ofBytes(bytesOf('info_hash', pair.slice('info_hash='.length))))
  }
  if (infoHashes.length === 0) throw new TrackerRefusal('A scrape names its torrents by info_hash.')
  return infoHashes
}

function idOf (values: ReadonlyMap<string, string>, name: string): Buffer {
  const value = values.get(name)
  if (value === undefined) throw new TrackerRefusal(`${name} is missing.`)
  return bytesOf(name, value)
}

function bytesOf (name: string, value: string): Buffer {
  const bytes = percentDecoded(value)
  if (bytes?.length !== ID_BYTES) throw new TrackerRefusal(`${name} must be ${ID_BYTES} bytes, percent-encoded.`)
  return bytes
}

// Bytes, not text: neither decodeURIComponent nor URLSearchParams keeps an info hash.
function percentDecoded (value: string): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(ID_BYTES + 1)
  let length = 0
  for (let i = 0; i < value.length; i++) {
    if (length > ID_BYTES) return undefined
    const code = value.charCodeAt(i)
    if (code !== PERCENT) {
      bytes[length++] = code === PLUS ? SPACE : code
      continue
    }
    const high = hexDigit(value.charCodeAt(i + 1))
    const low = hexDigit(value.charCodeAt(i + 2))
    if (high < 0 || low < 0) return undefined
    bytes[length++] = high * 16 + low
    i += 2
  }
  return bytes.subarray(0, length)
}

const PERCENT = 0x25
const PLUS = 0x2B
const SPACE = 0x20

function hexDigit (code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

// Of any length: Transmission says left=9223372036854775807 while it has only a magnet link.
function numberOf (values: ReadonlyMap<string, string>, name: string): number {
  const value = values.get(name) ?? ''
  return /^\d+$/.test(value) ? Number(value) : NaN
}
