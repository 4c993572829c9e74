import { availableParallelism } from 'node:os'
import { OPTIONS } from '../config/options.js'
import { Hasher } from '../hashing/hasher.js'

/**
 * The hashing engine for one command: nobody waits for others. Whoever gets it closes it.
 * @param authorities see HasherOptions
 */
export function engine (objects: number, say: (line: string) => void, authorities: string | undefined): Hasher {
  const options = {
    threads: availableParallelism(),
    readsPerObject: OPTIONS['reads-per-object'].default,
    reads: Math.max(OPTIONS.reads.default, objects),
    maxJobs: objects,
    maxQueue: objects,
    graceMs: 0,
    authorities
  }
  return new Hasher(options, (error) => say(
    `object-torrent: a hashing thread died and is replaced (${error instanceof Error ? error.message : String(error)})`
  ))
}
