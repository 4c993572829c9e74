interface Waiting<Owner> {
  readonly owner: Owner
  readonly begin: () => void
}

/** So many at once; a slot that gets free is for the owner who has the fewest, then for who came first. */
export class FairSlots<Owner> {
  #free: number
  readonly #waiting: Array<Waiting<Owner>> = []
  readonly #taken = new Map<Owner, number>()

  constructor (slots: number) {
    this.#free = slots
  }

  get free (): number {
    return this.#free
  }

  get waiting (): number {
    return this.#waiting.length
  }

  /** Waits for a slot; whoever gets it calls `release`. @throws the signal's reason */
  async take (owner: Owner, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#free > 0) return this.#begin(owner)
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(signal.reason as Error)
      }
      const waiting = {
        owner,
        begin: () => {
          signal.removeEventListener('abort', abort)
          this.#begin(owner)
          resolve()
        }
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.push(waiting)
    })
  }

  release (owner: Owner): void {
    this.#free++
    const taken = this.#takenBy(owner) - 1
    if (taken > 0) this.#taken.set(owner, taken)
    else this.#taken.delete(owner)
    const [first, ...others] = this.#waiting
    if (first === undefined) return
    const next = others.reduce((best, other) => this.#takenBy(other.owner) < this.#takenBy(best.owner) ? other : best, first)
    this.#waiting.splice(this.#waiting.indexOf(next), 1)
    next.begin()
  }

  /** Runs `work` in a slot of its own. @throws the signal's reason while it waits, and what `work` throws */
  async use<T> (owner: Owner, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.take(owner, signal)
    try {
      return await work()
    } finally {
      this.release(owner)
    }
  }

  #begin (owner: Owner): void {
    this.#free--
    this.#taken.set(owner, this.#takenBy(owner) + 1)
  }

  #takenBy (owner: Owner): number {
    return this.#taken.get(owner) ?? 0
  }
}
