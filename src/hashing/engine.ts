import type { JobQueue } from './job-queue.js'
import type { ReadPace } from './read-pace.js'
import type { ReadSlots } from './read-slots.js'
import type { WorkerPool } from './worker-pool.js'

/** What all jobs share. */
export interface Engine {
  readonly pool: WorkerPool
  readonly queue: JobQueue
  /** Reads in flight, by job. */
  readonly slots: ReadSlots
  /** Reads in flight of one object. */
  readonly pace: ReadPace
  readonly counts: HashCounts
}

/** Since the process began. */
export interface HashCounts {
  /** Bytes of the pieces that were hashed. */
  bytes: number
  /** Objects of which hashing has begun, and has failed. */
  jobs: number
  failed: number
}
