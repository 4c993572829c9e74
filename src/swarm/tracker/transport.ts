/** Since the process began. */
export interface TrackerCounts {
  announces: number
  scrapes: number
  /** Announces and scrapes that were answered with a failure reason. */
  refusals: number
}

export interface TrackerLog {
  warn (facts: object, message: string): void
  error (facts: object, message: string): void
}

/** One way to ask the tracker. Whoever makes it closes it. */
export interface TrackerTransport {
  /** Scheme of the announce URL (`http`, `udp`), and the metrics' label. */
  readonly name: string
  readonly counts: Readonly<TrackerCounts>
  /** @throws ListenError */
  listen (host: string, port: number): Promise<void>
  /** At once: requests that are not answered yet are dropped. */
  close (): void
}
