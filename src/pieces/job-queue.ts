import { FairSlots } from '../util/fair-slots.js'

/** Not one job more may wait: try again later. */
export class QueueFull extends Error {
  override name = 'QueueFull'
}

export interface JobQueueOptions {
  readonly maxJobs: number
  readonly maxQueue: number
}

/**
 * Whose turn it is to hash: `maxJobs` at once, fairly by access key. One access key alone may fill half of the queue, the next one
 * half of what is left: nobody can keep the others out.
 */
export class JobQueue {
  readonly #maxQueue: number
  readonly #turns: FairSlots<string>
  /** Jobs that never had a turn, by access key id. */
  readonly #newcomers = new Map<string, number>()

  constructor ({ maxJobs, maxQueue }: JobQueueOptions) {
    this.#maxQueue = maxQueue
    this.#turns = new FairSlots(maxJobs)
  }

  /** Whether a job that has had its share should let others go on. */
  get contended (): boolean {
    return this.#turns.waiting > 0
  }

  /** The first turn of a job. Whoever gets it calls `leave`. @throws QueueFull at once; the signal's reason */
  async enter (accessKeyId: string, signal: AbortSignal): Promise<void> {
    if (this.#turns.free > 0) return this.#turns.take(accessKeyId, signal)
    this.#assertRoom(accessKeyId)
    this.#count(accessKeyId, 1)
    try {
      await this.#turns.take(accessKeyId, signal)
    } finally {
      this.#count(accessKeyId, -1)
    }
  }

  /** Ends a turn. */
  leave (accessKeyId: string): void {
    this.#turns.release(accessKeyId)
  }

  /** Another turn, for a job that was admitted before. Whoever gets it calls `leave`. @throws the signal's reason */
  async reenter (accessKeyId: string, signal: AbortSignal): Promise<void> {
    await this.#turns.take(accessKeyId, signal)
  }

  #assertRoom (accessKeyId: string): void {
    const all = [...this.#newcomers.values()].reduce((sum, count) => sum + count, 0)
    const own = this.#newcomers.get(accessKeyId) ?? 0
    if (own >= this.#maxQueue - all) throw new QueueFull(`${all} objects wait to be hashed, ${own} of them for this access key`)
  }

  #count (accessKeyId: string, change: 1 | -1): void {
    const count = (this.#newcomers.get(accessKeyId) ?? 0) + change
    if (count > 0) this.#newcomers.set(accessKeyId, count)
    else this.#newcomers.delete(accessKeyId)
  }
}
