import { FairSlots } from '../util/fair-slots.js'

export interface ReadSlotsOptions {
  /** At once, at most. */
  readonly most: number
  /** With which the hashing threads can be busy that have a store nearby. */
  readonly least: number
  /** Of the hashing thread that has had the least to do since this was asked last: the part of the time, 0 to 1. */
  readonly utilization: () => number
  /** Milliseconds. */
  readonly now?: () => number
}

/** A thread that has so much to do is not faster with more reads. */
const BUSY = 0.95
/** One that has less waits for the store. */
const IDLE = 0.8
/** What is looked at, milliseconds. */
const LOOK_MS = 100
/** After so long as many reads as were too few are tried again. */
const RELEARN_MS = 30_000

/**
 * Reads in flight, fairly by job: as many as keep the hashing threads busy, and no more. What they cannot hash yet only
 * waits in sockets, and a store that sends it lets everybody else wait: to others, 16 reads instead of 4 of a store
 * nearby make the p99 three times as long, and hash no more (bench row strangers-store).
 */
export class ReadSlots {
  readonly #slots: FairSlots<object>
  readonly #options: ReadSlotsOptions
  readonly #now: () => number
  #lookedAt = 0
  #tooFew = 0
  #tooFewUntil = 0

  constructor (options: ReadSlotsOptions) {
    this.#slots = new FairSlots(options.most)
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** How many reads there may be at once, now. */
  get slots (): number {
    return this.#slots.slots
  }

  /** Runs a read in a slot of its own. @throws the signal's reason while it waits, and what `read` throws */
  async use<T> (job: object, read: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#slots.take(job, signal)
    if (this.#slots.free === this.#slots.slots - 1) this.#begin()
    try {
      return await read()
    } finally {
      this.#slots.release(job)
      if (this.#now() >= this.#lookedAt + LOOK_MS) this.#look()
    }
  }

  // The first read of several says nothing of the time before it.
  #begin (): void {
    this.#options.utilization()
    this.#lookedAt = this.#now()
  }

  #look (): void {
    const { most, least, utilization: utilizationSince } = this.#options
    const utilization = utilizationSince()
    this.#lookedAt = this.#now()
    const { slots } = this.#slots
    if (utilization < IDLE && slots < most) {
      this.#tooFew = slots
      this.#tooFewUntil = this.#lookedAt + RELEARN_MS
      this.#slots.slots = Math.min(most, slots * 2)
    } else if (utilization > BUSY && slots > least) {
      const fewer = Math.max(least, Math.ceil(slots / 2))
      if (fewer > this.#tooFew || this.#lookedAt > this.#tooFewUntil) this.#slots.slots = fewer
    }
  }
}
