import { FairShares } from '../util/fair-shares.js'
import type { Sharer } from '../util/fair-shares.js'

/** Not one job more may wait: try again later. */
export class QueueFull extends Error {
  override name = 'QueueFull'
}

export interface JobQueueOptions {
  readonly maxJobs: number
  readonly maxQueue: number
}

/**
 * Whose turn it is to hash: `maxJobs` at once, fairly by access key (a group), and by address among those with the same
 * one, or with none. One access key alone may fill half of the queue, the next one half of what is left, and of the
 * unsigned one address half of their part: nobody can keep the others out.
 */
export class JobQueue {
  readonly #maxQueue: number
  readonly #turns: FairShares
  /** Jobs that never had a turn: by access key, and of the unsigned by address. */
  readonly #newcomers = new Map<string, number>()
  readonly #unsigned = new Map<string, number>()

  constructor ({ maxJobs, maxQueue }: JobQueueOptions) {
    this.#maxQueue = maxQueue
    this.#turns = new FairShares(maxJobs, { keepsRoom: false })
  }

  /** Whether a job that has had its share should let others go on. */
  get contended (): boolean {
    return this.#turns.waiting > 0
  }

  /**
   * The first turn of a job. Whoever gets it calls what is returned, to end it.
   * @throws QueueFull at once; the signal's reason
   */
  async enter (sharer: Sharer, signal: AbortSignal): Promise<() => void> {
    const end = this.#turns.tryTake(sharer)
    if (end !== undefined) return end
    this.#assertRoom(sharer)
    this.#count(sharer, 1)
    try {
      return await this.#turns.take(sharer, signal)
    } finally {
      this.#count(sharer, -1)
    }
  }

  /**
   * Another turn, for a job that was admitted before. Whoever gets it calls what is returned, to end it.
   * @throws the signal's reason
   */
  reenter (sharer: Sharer, signal: AbortSignal): Promise<() => void> {
    return this.#turns.take(sharer, signal)
  }

  #assertRoom ({ group, member }: Sharer): void {
    const all = [...this.#newcomers.values()].reduce((sum, count) => sum + count, 0)
    const own = this.#newcomers.get(group) ?? 0
    const left = this.#maxQueue - all
    if (own >= left) throw new QueueFull(`${all} objects wait to be hashed, ${own} of them for this access key`)
    const address = this.#unsigned.get(member) ?? 0
    if (group === '' && address >= (left - own) / 2) {
      throw new QueueFull(`${all} objects wait to be hashed, ${address} of them for this address`)
    }
  }

  #count ({ group, member }: Sharer, change: 1 | -1): void {
    add(this.#newcomers, group, change)
    if (group === '') add(this.#unsigned, member, change)
  }
}

function add (counts: Map<string, number>, name: string, change: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + change
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
