/**
 * The headers of a request as the signatures see them: nothing merged. A name is found at once, however often it and
 * others are repeated.
 */
export class RequestHeaders {
  /** In the order sent, lower-case names, duplicates kept. */
  readonly pairs: ReadonlyArray<readonly [name: string, value: string]>
  readonly #values = new Map<string, string[]>()

  /** @param rawHeaders node:http's; values become the UTF-8 that clients sign, not node's latin1 */
  constructor (rawHeaders: readonly string[]) {
    this.pairs = Array.from(
      { length: rawHeaders.length / 2 },
      (_, i) => [String(rawHeaders[2 * i]).toLowerCase(), asUtf8(String(rawHeaders[2 * i + 1]))]
    )
    for (const [name, value] of this.pairs) {
      const values = this.#values.get(name)
      if (values === undefined) this.#values.set(name, [value])
      else values.push(value)
    }
  }

  /** Each name once, in the order in which they came first. */
  get names (): IterableIterator<string> {
    return this.#values.keys()
  }

  has (name: string): boolean {
    return this.#values.has(name)
  }

  /** Every value of a header, in the order sent. */
  valuesOf (name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  /** The first value of a header. */
  first (name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }
}

function asUtf8 (latin1: string): string {
  return /[\x80-\xFF]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1
}
