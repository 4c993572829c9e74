/** How many of something each network has now, up to a limit. Networks are those of networkKeyOf. */
export class NetworkCounts {
  readonly #max: number
  readonly #counts = new Map<string, number>()

  /** @param max 0: no limit */
  constructor (max: number) {
    this.#max = max
  }

  /**
   * Counts one more; false, and nothing is counted, where there are as many as there may be. Whoever is counted calls
   * `leave`.
   */
  enter (network: string): boolean {
    const count = this.#counts.get(network) ?? 0
    if (this.#max > 0 && count >= this.#max) return false
    this.#counts.set(network, count + 1)
    return true
  }

  leave (network: string): void {
    const count = (this.#counts.get(network) ?? 0) - 1
    if (count > 0) this.#counts.set(network, count)
    else this.#counts.delete(network)
  }
}
