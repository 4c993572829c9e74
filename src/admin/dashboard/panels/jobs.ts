import { byId, fromTemplate, keyed, part, setText } from '../dom.js'
import { bytes, count, duration, percent } from '../format.js'
import type { Job, Snapshot } from '../wire.js'

interface Pace {
  /** performance.now(). */
  readonly at: number
  readonly hashed: number
  /** Bytes a second, smoothed. */
  readonly rate: number
}

/** The objects, and prefixes, that are being hashed. */
export class JobsPanel {
  /** By job. */
  readonly #paces = new Map<string, Pace>()

  show ({ jobs, moreJobs, eventsWaiting }: Snapshot): void {
    keyed(byId('jobs'), jobs, idOf, () => fromTemplate('job'), (row, job) => this.#showJob(row, job))
    for (const id of this.#paces.keys()) if (!jobs.some((job) => idOf(job) === id)) this.#paces.delete(id)
    const notes = [
      ...jobs.length === 0 ? ['Nothing is being hashed.'] : [],
      ...moreJobs > 0 ? [`${count(moreJobs)} more.`] : [],
      ...eventsWaiting > 0 ? [`${count(eventsWaiting)} new objects of bucket notifications wait.`] : []
    ]
    setText(byId('jobs-note'), notes.join(' '))
  }

  #showJob (row: HTMLElement, job: Job): void {
    setText(part(row, 'object'), `${job.bucket}/${job.key}`)
    const bar = part(row, 'bar', HTMLProgressElement)
    bar.max = job.size
    bar.value = job.hashed
    bar.setAttribute('aria-label', `hashed of ${job.bucket}/${job.key}`)
    setText(
      part(row, 'share'),
      `${percent(job.hashed / job.size)} of ${bytes(job.size)}${objectsOf(job)}${waiting(job.followers)}`
    )
    setText(part(row, 'pace'), this.#paceOf(job))
  }

  #paceOf (job: Job): string {
    if (!job.inTurn) return 'waits for its turn'
    const now = performance.now()
    const before = this.#paces.get(idOf(job)) ?? { at: now - job.seconds * 1000, hashed: 0, rate: 0 }
    const seconds = (now - before.at) / 1000
    const rate = seconds > 0 ? (job.hashed - before.hashed) / seconds : 0
    const smooth = before.rate === 0 ? rate : before.rate * 0.6 + rate * 0.4
    this.#paces.set(idOf(job), { at: now, hashed: job.hashed, rate: smooth })
    return smooth > 0 ? `${bytes(smooth)}/s, ${duration((job.size - job.hashed) / smooth)} left` : ''
  }
}

function idOf ({ bucket, key, size, objects }: Job): string {
  return JSON.stringify([bucket, key, size, objects !== undefined])
}

// Before its turn nobody has counted them.
function objectsOf ({ objects }: Job): string {
  return objects === undefined || objects.count === 0
    ? ''
    : `, ${count(objects.hashed)} of ${count(objects.count)} objects`
}

function waiting (followers: number): string {
  if (followers > 1) return `, ${count(followers)} wait for it`
  return followers === 0 ? ', nobody waits' : ''
}
