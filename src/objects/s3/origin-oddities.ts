export interface OddityLog {
  warn (facts: object, message: string): void
}

const ADVICE = {
  Range: 'the origin answers ranges with the whole object: objects are read in one go, clients get no ranges, and ' +
    'web seed and seeder can hardly serve',
  'If-Match': 'the origin ignores If-Match: a replaced object is found out by its ETag, after the origin has begun ' +
    'to send it'
}
const BOTH =
  'the origin honours neither Range nor If-Match: it is not S3 enough to seed from, see docs/origins.md'

/** What the origin does not honour, said in the log once each. */
export class OriginOddities {
  readonly #log: () => OddityLog
  readonly #seen = new Set<keyof typeof ADVICE>()

  /** @param log asked for when there is something to say */
  constructor (log: () => OddityLog) {
    this.#log = log
  }

  readonly note = (ignored: keyof typeof ADVICE): void => {
    if (this.#seen.has(ignored)) return
    this.#seen.add(ignored)
    this.#log().warn({ ignored }, this.#seen.size > 1 ? BOTH : ADVICE[ignored])
  }
}
