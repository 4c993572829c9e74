import { bytes, count } from '../format.js'
import type { WarmOutcome } from './warm-outcome.js'

/** What became of all objects so far, and how many bytes of them are done. */
export class WarmTally {
  #hashed = 0
  #kept = 0
  readonly #skipped = new Map<string, number>()
  #failed = 0
  /** Bytes of objects that are done, one way or another. */
  #bytes = 0
  /** Those of them that nobody had to read. */
  #free = 0
  /** Of objects that are being hashed, by what they are. */
  readonly #running = new Map<object, { readonly done: number, readonly known: number }>()

  get failed (): number {
    return this.#failed
  }

  get done (): number {
    return this.#bytes + [...this.#running.values()].reduce((sum, { done }) => sum + done, 0)
  }

  get known (): number {
    return this.#free + [...this.#running.values()].reduce((sum, { known }) => sum + known, 0)
  }

  progress (object: object, done: number, known: number): void {
    this.#running.set(object, { done, known })
  }

  /** @param counted whether its bytes are part of the total */
  end (object: object, size: number, outcome: WarmOutcome, counted: boolean): void {
    const before = this.#running.get(object)?.known ?? 0
    this.#running.delete(object)
    if (counted) this.#bytes += size
    if (counted) this.#free += outcome.is === 'hashed' ? before : size
    if (outcome.is === 'hashed') this.#hashed++
    else if (outcome.is === 'kept') this.#kept++
    else if (outcome.is === 'failed') this.#failed++
    else this.#skipped.set(outcome.reason, (this.#skipped.get(outcome.reason) ?? 0) + 1)
  }

  get summary (): { hashed: number, kept: number, skipped: Record<string, number>, failed: number } {
    return {
      hashed: this.#hashed,
      kept: this.#kept,
      skipped: Object.fromEntries([...this.#skipped].sort()),
      failed: this.#failed
    }
  }

  /** `5 objects, 1.2 GB: 3 hashed, 1 kept already, 1 skipped (1 too large), 0 failed`. */
  sentence (): string {
    const { hashed, kept, skipped, failed } = this.summary
    const reasons = Object.entries(skipped)
    const left = reasons.reduce((sum, [, number]) => sum + number, 0)
    const why = left === 0
      ? ''
      : ` (${reasons.map(([reason, number]) => `${number.toLocaleString('en')} ${reason}`).join(', ')})`
    const numbers = [
      `${hashed.toLocaleString('en')} hashed`,
      `${kept.toLocaleString('en')} kept already`,
      `${left.toLocaleString('en')} skipped${why}`,
      `${failed.toLocaleString('en')} failed`
    ]
    return `${count(hashed + kept + left + failed, 'object')}, ${bytes(this.#bytes)}: ${numbers.join(', ')}`
  }
}
