import type { Sample } from './dashboard/wire.js'
import type { Readings } from './readings.js'
import { trafficOf } from './readings.js'

const EVERY_MS = 10_000
const HOUR_MS = 3_600_000

/** The last hour, a sample each ten seconds. Whoever makes it closes it. */
export class History {
  readonly samples: Sample[] = []
  readonly #readings: Readings
  readonly #timer: NodeJS.Timeout

  constructor (readings: Readings) {
    this.#readings = readings
    this.samples.push(this.take())
    this.#timer = setInterval(() => {
      this.samples.push(this.take())
      if (this.samples.length > HOUR_MS / EVERY_MS + 1) this.samples.shift()
    }, EVERY_MS).unref()
  }

  /** The counters now. */
  take (): Sample {
    const { requests, trackers, swarms } = this.#readings
    const { originHashing, originSwarm, downloaded } = trafficOf(this.#readings)
    const { seeders, leechers } = swarms.peers
    let all = 0
    let errors = 0
    for (const { code, count } of requests.all) {
      all += count
      if (code !== 'OK' && code !== 'NotModified') errors += count
    }
    return {
      at: Date.now(),
      requests: all,
      errors,
      hashedBytes: originHashing,
      originBytes: originHashing + originSwarm,
      downloadedBytes: downloaded,
      announces: trackers.reduce((sum, { counts }) => sum + counts.announces, 0),
      peers: seeders + leechers
    }
  }

  close (): void {
    clearInterval(this.#timer)
  }
}
