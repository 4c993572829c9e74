/** Of one turn of the event loop. */
interface Waiting {
  readonly bytes: number
  readonly begin: () => void
}

/**
 * So many bytes are moved in one turn of the event loop, by all streams together; what is more waits for the next ones,
 * an owner after the other. Without it a turn is as long as there are streams that have something to move, and whoever
 * asks for something small waits several of them.
 */
export class Turns<Owner> {
  readonly #bytes: number
  #left: number
  #renewing = false
  /** Whoever has just had a turn is at its end, which a Map keeps. */
  readonly #waiting = new Map<Owner, Waiting[]>()

  constructor (bytes: number) {
    this.#bytes = bytes
    this.#left = bytes
  }

  /** Undefined: at once. Turns come by themselves, so that there is nothing to give back and nothing to abort. */
  take (owner: Owner, bytes: number): Promise<void> | undefined {
    this.#renew()
    if (this.#waiting.size === 0 && this.#left > 0) {
      this.#left -= bytes
      return undefined
    }
    return new Promise((resolve) => {
      const queue = this.#waiting.get(owner)
      const waiting = { bytes, begin: resolve }
      if (queue === undefined) this.#waiting.set(owner, [waiting])
      else queue.push(waiting)
    })
  }

  #renew (): void {
    if (this.#renewing) return
    this.#renewing = true
    setImmediate(() => {
      this.#renewing = false
      this.#left = this.#bytes
      this.#begin()
      if (this.#waiting.size > 0) this.#renew()
    })
  }

  #begin (): void {
    for (const [owner, queue] of this.#waiting) {
      if (this.#left <= 0) return
      this.#waiting.delete(owner)
      const next = queue.shift()
      if (queue.length > 0) this.#waiting.set(owner, queue)
      this.#left -= next?.bytes ?? 0
      next?.begin()
    }
  }
}
