import { availableParallelism } from 'node:os'
import type { Settings } from './settings.js'

export interface HashingConfig {
  readonly hashing: {
    readonly threads: number
    /** Reads in flight, of one object and of all. */
    readonly readsPerObject: number
    readonly reads: number
    /** Objects that are hashed at once, and that wait to be. */
    readonly maxJobs: number
    readonly maxQueue: number
    /** How long a job goes on that nobody waits for. */
    readonly graceMs: number
  }
}

export function hashingOf ({ values }: Settings): HashingConfig {
  return {
    hashing: {
      threads: values['hash-threads'] || availableParallelism(),
      readsPerObject: values['reads-per-object'],
      reads: values.reads,
      maxJobs: values['max-jobs'],
      maxQueue: values['max-queue'],
      graceMs: values['job-grace'] * 1000
    }
  }
}
