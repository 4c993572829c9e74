import { TrackerRefusal } from './tracker-refusal.js'

/** What an announce says in numbers, over HTTP or UDP; NaN where it says none. */
export interface AnnounceNumbers {
  readonly port: number
  readonly left: number
  readonly numwant: number
}

/**
 * The same values mean the same, however they came. What matters is read strictly: a peer at no port could not be told
 * of. The rest as it was meant: only 0 lacks nothing, while a client with a magnet link alone does not know what it
 * lacks (WebTorrent sends a bare `left`, Transmission 2^63-1); and a wish that is none is as none (BEP 15: -1).
 * @throws TrackerRefusal
 */
export function announceNumbers ({ port, left, numwant }: AnnounceNumbers): {
  port: number
  left: number
  numwant: number | undefined
} {
  if (!(port >= 1 && port <= 65535)) throw new TrackerRefusal('port must be from 1 to 65535.')
  return { port, left: left >= 0 ? left : Infinity, numwant: numwant >= 0 ? numwant : undefined }
}
