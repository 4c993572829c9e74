const WINDOW_MS = 10_000

/** How fast something goes, by what was seen of it lately. */
export class Rate {
  readonly #seen: Array<{ readonly at: number, readonly done: number }> = []

  /** @param at milliseconds @param done so far, in any unit */
  note (at: number, done: number): void {
    this.#seen.push({ at, done })
    while (this.#seen.length > 2 && at - (this.#seen[1]?.at ?? at) >= WINDOW_MS) this.#seen.shift()
  }

  /** A second; undefined while nothing has been done. */
  get perSecond (): number | undefined {
    const first = this.#seen[0]
    const last = this.#seen.at(-1)
    if (first === undefined || last === undefined || last.at === first.at || last.done === first.done) return undefined
    return (last.done - first.done) / (last.at - first.at) * 1000
  }
}
