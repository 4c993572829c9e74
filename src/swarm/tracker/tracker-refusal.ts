/** What a tracker says no with. */
export class TrackerRefusal extends Error {
  override name = 'TrackerRefusal'
  /** BEP 31: minutes; undefined where asking again changes nothing soon, or where the request itself is wrong. */
  readonly retryIn: number | 'never' | undefined

  /** @param reason `failure reason`, for people */
  constructor (reason: string, retryIn?: number | 'never') {
    super(reason)
    this.retryIn = retryIn
  }
}
