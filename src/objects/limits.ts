/*
 * The waits for an origin and for its bytes, from the innermost to the outermost. Clients give up after 20 s without a
 * byte of a web seed (libtorrent), and after 60 s without a byte of an answer (aria2, boto3), so every wait is shorter
 * than the one that it stands in:
 *
 *   one call          connect 5 s < answer 10 s < stall 15 s, the longest gap between two chunks of a body
 *   web seed, peers   silence 6 s, the longest gap in a call < patience 15 s over all calls, so that there is time for
 *                     two < the client's 20 s
 *   hashing, the job  a failing segment is tried again for 60 s (patience), counted from the last digest of any
 *                     segment; a job that others wait for lets them in after 10 s (turn), and reads on when its turn
 *                     comes again
 *   hashing, clients  the first byte is waited for 45 s (begin) < the client's 60 s; then come the head of the answer
 *                     and a byte every 3 s (idle, in http/trickle.ts), or every 20 s of a magnet link, which has fewer
 *                     bytes to spare; the end of the answer waits 2 s (keep) for the store
 *   a call's slot     a client waits 30 s (wait) for one, before the call begins
 *   a listing         45 s for its turn and all of its pages < the client's 60 s: nothing is answered before its end
 *
 * Two more times are no waits of a client: a job goes on for --job-grace [300 s] after its last client has left,
 * because aria2 comes back for so long; and an object that has become private is treated as public for 30 s at most
 * (access/limits.ts), so a body that takes longer than that is checked again while it is sent.
 *
 * A body that is read for web seed or peers has two clocks: the silence of 6 s counts the whole call, from connecting
 * on; the stall of 15 s counts only while somebody waits for a chunk, and is what GetObject of a slow client has. The
 * shorter one is always the first to fire, because these readers never pause.
 */

/** What the calls to an origin are held to, whichever client makes them. */
export const CALL_LIMITS = {
  /** Of clients at once: calls that answer no object, and bodies of objects. */
  calls: 256,
  bodies: 1024,
  /** How long a client waits for one of them. */
  waitMs: 30_000,
  /** A proxy's tunnel has as long again (net/tunnel.ts). */
  connectMs: 5_000,
  /** From the request to the head of the answer; and for the whole of a document. */
  answerMs: 10_000
} as const

/** Listings that clients wait for. */
export const LISTING_LIMITS = {
  /** At once: a page of a thousand keys is read in one piece, during which nobody else is answered. */
  turns: 8,
  /** For its turn, and for all of its pages. */
  wholeMs: 45_000,
  /** Prefixes whose objects are all asked for, at once. */
  headTurns: 4,
  /** For its turn, and for all of its objects. */
  headsMs: 45_000
} as const

/** How long no byte of a body may come, while somebody waits for it. */
export const STALL_MS = 15_000

/** Calls for web seed and peers. */
export const DELIVERY_LIMITS = {
  /** How long one call may give nothing at all. */
  silenceMs: 6_000,
  /** How long an origin may give nothing at all, over all tries: what clients wait for (libtorrent 20 s). */
  patienceMs: 15_000,
  pauses: { firstMs: 100, longestMs: 2_000 }
} as const

/** A hash job, and its clients. */
export const HASHING_LIMITS = {
  /** How long a client waits for the first byte of the object: until then an error is still S3's. */
  beginMs: 45_000,
  /** After so long a job lets those go on that wait for a turn. */
  turnMs: 10_000,
  /** How long an answer's end waits for its digests to be kept. */
  keepMs: 2_000,
  /** A job is given up when a segment has failed for so long, and no digest has come from any. */
  patienceMs: 60_000,
  /**
   * How often in a row a read may fail before the first byte has come: until then the client is told at once, and may
   * ask again.
   */
  failuresAtFirst: 3,
  pauses: { firstMs: 200, longestMs: 5_000 }
} as const
