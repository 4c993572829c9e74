interface Waiting {
  /** In the order in which they came. */
  readonly turn: number
  readonly begin: () => void
}

/** So many at once; a slot that gets free is for the owner who has the fewest, then for who came first. */
export class FairSlots<Owner> {
  /** Below zero where there are fewer slots now than were taken. */
  #free: number
  #slots: number
  #turn = 0
  #count = 0
  /** In the order in which they came, which a Set keeps. */
  readonly #waiting = new Map<Owner, Set<Waiting>>()
  readonly #taken = new Map<Owner, number>()

  constructor (slots: number) {
    this.#free = slots
    this.#slots = slots
  }

  /** Those that nobody has. */
  get free (): number {
    return Math.max(0, this.#free)
  }

  /** How many there are. Those that are taken stay taken. */
  get slots (): number {
    return this.#slots
  }

  set slots (slots: number) {
    this.#free += slots - this.#slots
    this.#slots = slots
    this.#beginNext()
  }

  get waiting (): number {
    return this.#count
  }

  /** Waits for a slot; whoever gets it calls `release`. @throws the signal's reason */
  async take (owner: Owner, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#free > 0) return this.#begin(owner)
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#leave(owner, waiting)
        reject(signal.reason as Error)
      }
      const waiting = {
        turn: this.#turn++,
        begin: () => {
          signal.removeEventListener('abort', abort)
          this.#leave(owner, waiting)
          this.#begin(owner)
          resolve()
        }
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#enter(owner, waiting)
    })
  }

  release (owner: Owner): void {
    this.#free++
    const taken = this.#takenBy(owner) - 1
    if (taken > 0) this.#taken.set(owner, taken)
    else this.#taken.delete(owner)
    this.#beginNext()
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

  #beginNext (): void {
    while (this.#free > 0) {
      const next = this.#next()
      if (next === undefined) return
      next.begin()
    }
  }

  // Goes through owners, not through all who wait: one of them may be many.
  #next (): Waiting | undefined {
    let next: Waiting | undefined
    let fewest = Infinity
    for (const [owner, queue] of this.#waiting) {
      const [first] = queue
      const taken = this.#takenBy(owner)
      if (first === undefined || taken > fewest || (taken === fewest && next !== undefined && first.turn > next.turn)) {
        continue
      }
      next = first
      fewest = taken
    }
    return next
  }

  #enter (owner: Owner, waiting: Waiting): void {
    const queue = this.#waiting.get(owner) ?? new Set()
    this.#waiting.set(owner, queue.add(waiting))
    this.#count++
  }

  #leave (owner: Owner, waiting: Waiting): void {
    const queue = this.#waiting.get(owner)
    if (queue?.delete(waiting) !== true) return
    this.#count--
    if (queue.size === 0) this.#waiting.delete(owner)
  }

  #begin (owner: Owner): void {
    this.#free--
    this.#taken.set(owner, this.#takenBy(owner) + 1)
  }

  #takenBy (owner: Owner): number {
    return this.#taken.get(owner) ?? 0
  }
}
