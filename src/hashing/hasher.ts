import type { Engine, HashCounts } from './engine.js'
import type { HashableObject } from './hashable-object.js'
import { HashJob } from './hash-job.js'
import { JobQueue } from './job-queue.js'
import { KnownDigests } from './known-digests.js'
import { ReadPace } from './read-pace.js'
import { ReadSlots } from './read-slots.js'
import { SharedJob } from './shared-job.js'
import type { Job, JobProgress, JobStart } from './job.js'
import { WorkerPool } from './worker-pool.js'

export interface HasherOptions {
  /** Hashing threads. */
  readonly threads: number
  /** Reads in flight, of one object and of all. */
  readonly readsPerObject: number
  readonly reads: number
  /** Objects that are hashed at once, and that wait to be. */
  readonly maxJobs: number
  readonly maxQueue: number
  /** How long a job goes on that nobody waits for. */
  readonly graceMs: number
  /** PEM of whose certificates are trusted beside those that node trusts. */
  readonly authorities?: string | undefined
}

/** One is hashed while the other one comes. */
const READS_OF_A_BUSY_THREAD = 2

/** The hashing engine: one job for each object, whoever asks for it. Whoever makes it closes it. */
export class Hasher {
  readonly counts: HashCounts = { bytes: 0, jobs: 0, failed: 0 }
  readonly known = new KnownDigests()
  readonly #engine: Engine
  readonly #graceMs: number
  readonly #jobs = new Map<string, SharedJob>()

  /** @param onDeath told why a hashing thread died; it is replaced */
  constructor (
    { threads, readsPerObject, reads, maxJobs, maxQueue, graceMs, authorities }: HasherOptions,
    onDeath: (error: unknown) => void
  ) {
    const pool = new WorkerPool(threads, onDeath, { authorities })
    this.#engine = {
      pool,
      queue: new JobQueue({ maxJobs, maxQueue }),
      slots: new ReadSlots({
        most: reads, least: Math.min(reads, threads * READS_OF_A_BUSY_THREAD), utilization: () => pool.utilization()
      }),
      pace: new ReadPace(readsPerObject),
      counts: this.counts
    }
    this.#graceMs = graceMs
  }

  /** The jobs of now, the oldest first, without those that are a part of others. */
  get jobs (): JobProgress[] {
    return [...this.#jobs.values()].filter(({ isPart }) => !isPart).map(({ progress }) => progress)
  }

  /** Whether a job hashes the object now, which can be joined. */
  has (id: string): boolean {
    return this.#jobs.get(id)?.stopped === false
  }

  /**
   * The job that hashes the object, joined until the signal fires, started where there is none.
   * @param id the object's identity
   * @param onProgress see SharedJob.follow
   * @throws the signal's reason
   */
  join (
    id: string, begin: () => JobStart, signal: AbortSignal, onProgress?: (hashed: number, known: number) => void
  ): SharedJob {
    signal.throwIfAborted()
    const running = this.#jobs.get(id)
    const job = running === undefined || running.stopped ? this.#start(id, begin()) : running
    job.follow(signal, onProgress)
    return job
  }

  async close (): Promise<void> {
    const ended = [...this.#jobs.values()].map((job) => {
      job.stop()
      return job.ended
    })
    await this.#engine.pool.close()
    await Promise.allSettled(ended)
  }

  /** A job that hashes this object. @param isPart see JobStart */
  objectJob (object: HashableObject, isPart: boolean): JobStart {
    const { address, size, pieceLength } = object
    const start = (signal: AbortSignal, onProgress: () => void): Job =>
      new HashJob(object, this.#engine, signal, onProgress)
    return { address, size, pieceLength, isPart, start }
  }

  #start (id: string, begin: JobStart): SharedJob {
    const job = new SharedJob(begin, this.#graceMs)
    this.#jobs.set(id, job)
    this.counts.jobs++
    const forget = () => { if (this.#jobs.get(id) === job) this.#jobs.delete(id) }
    job.ended.then(forget, () => {
      if (!job.stopped) this.counts.failed++
      forget()
    })
    return job
  }
}
