import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds of the first pause, and of the longest. */
export interface Pauses {
  readonly firstMs: number
  readonly longestMs: number
}

/** Pauses between tries: each is twice as long as the one before, and jittered, so that many do not ask in step. */
export class Backoff {
  readonly #pauses: Pauses
  readonly #random: () => number
  #nextMs: number

  /** @param random from 0 to 1 */
  constructor (pauses: Pauses, random: () => number = Math.random) {
    this.#pauses = pauses
    this.#random = random
    this.#nextMs = pauses.firstMs
  }

  /** The next pause in milliseconds: from half of it to all of it. */
  next (): number {
    const ms = this.#nextMs
    this.#nextMs = Math.min(2 * ms, this.#pauses.longestMs)
    return ms * (0.5 + this.#random() / 2)
  }

  /** It went well: the next pause is the first again. */
  reset (): void {
    this.#nextMs = this.#pauses.firstMs
  }
}

export interface RetryOptions {
  readonly pauses: Pauses
  /** Whether to try again after an error, and after a pause of so many milliseconds. `tries` begins with 1. */
  readonly again: (error: unknown, pauseMs: number, tries: number) => boolean
  readonly signal: AbortSignal
}

/**
 * Tries until it goes well, or until `again` says no.
 * @throws the last error; the signal's reason
 */
export async function retry<T> (
  attempt: () => Promise<T>, { pauses, again, signal }: RetryOptions
): Promise<T> {
  const backoff = new Backoff(pauses)
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      const pauseMs = backoff.next()
      if (!again(error, pauseMs, tries)) throw error
      await pause(pauseMs, signal)
    }
  }
}

/** @throws the signal's reason */
export async function pause (ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
