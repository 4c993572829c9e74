/** What a tracker says no with. */
export class TrackerRefusal extends Error {
  override name = 'TrackerRefusal'
  /**
   * BEP 31: minutes; undefined where the request itself is wrong. `never` is never said: an object comes back with a
   * backup, another version with the same bytes is hashed, what is private is published, and who has been told `never`
   * would not see it.
   */
  readonly retryIn: number | undefined

  /** @param reason `failure reason`, for people */
  constructor (reason: string, retryIn?: number) {
    super(reason)
    this.retryIn = retryIn
  }
}
