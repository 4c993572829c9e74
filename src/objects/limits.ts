/*
 * Every wait for an origin, from the innermost to the outermost. A client gives up after 20 s without a byte of a web
 * seed (libtorrent) and after 60 s without a byte of an answer (aria2, boto3), so the waits are nested below these two:
 *
 *   one call          connect 5 s, then answer 10 s, then no more than 15 s between two chunks of the body (stall)
 *   web seed, peers   one call may be silent for 6 s (silence), so that there are two tries in 15 s (patience) < 20 s
 *   hashing           calls are tried again for 60 s (patience of a job) after the last digest; the answer waits 45 s
 *                     for the first byte (begin, in hashing) < 60 s, and sends a byte every 3 s from then on (trickle,
 *                     in http)
 *   a call's slot     a client waits 30 s for one (wait), before the call begins
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

/** Reads of a hash job. */
export const HASHING_LIMITS = {
  /** A job is given up when a segment has failed for so long, and no digest has come from any. */
  patienceMs: 60_000,
  /**
   * How often in a row a read may fail before the first byte has come: until then the client is told at once, and may
   * ask again.
   */
  failuresAtFirst: 3,
  pauses: { firstMs: 200, longestMs: 5_000 }
} as const
