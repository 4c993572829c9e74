/** What every call to an origin that answers no object is held to, whichever client makes it. */
export const CALL_LIMITS = {
  /** At once. */
  calls: 256,
  connectMs: 5_000,
  answerMs: 10_000
} as const
