/** An origin that can be asked how it is. */
export interface OriginProbe {
  /** Whether it answers at all, whatever it says to a stranger. @throws OriginUnavailable, the signal's reason */
  assertThere (signal: AbortSignal): Promise<void>
}

/** What the origin thinks of the server's own key pair, as its last answer said. */
export interface OwnKeyPairStatus {
  /** The code that the pair was refused with; undefined: it was taken, or not asked with yet. */
  readonly refused: string | undefined
}
