/** What the calls to an origin are held to, whichever client makes them. */
export const CALL_LIMITS = {
  /** Of clients at once: that answer no object, and of bodies of objects. */
  calls: 256,
  bodies: 1024,
  /** How long a client waits for one of them. */
  waitMs: 30_000,
  connectMs: 5_000,
  answerMs: 10_000
} as const
