import { Charts } from '../charts.js'
import { byId } from '../dom.js'
import type { Sample } from '../wire.js'

const HOUR_MS = 3_600_000
const SAMPLE_MS = 10_000

/** The last hour: a sample each ten seconds, and the figures of now. */
export class HourPanel {
  #samples: Sample[] = []
  #charts: Charts | undefined

  /** Begins anew. @param samples of the last hour, oldest first */
  begin (samples: Sample[]): void {
    this.#samples = samples
  }

  show (now: Sample): void {
    const last = this.#samples.at(-1)
    if (last === undefined || now.at - last.at >= SAMPLE_MS) {
      this.#samples = [...this.#samples, now].filter(({ at }) => now.at - at <= HOUR_MS + SAMPLE_MS)
    }
    this.#charts ??= new Charts(byId('charts'))
    this.#charts.show(
      last === undefined || last.at === now.at
        ? this.#samples
        : [...this.#samples.filter(({ at }) => at !== now.at), now]
    )
  }
}
