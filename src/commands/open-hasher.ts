import { availableParallelism } from 'node:os'
import { OPTIONS } from '../config/options.js'
import { Hasher } from '../hashing/hasher.js'

/**
 * Hashes for one command, whose objects do not wait for each other. Whoever opens it closes it.
 * @param onLine told in a line what goes wrong
 * @param authorities see HasherOptions
 */
export function openHasher (objects: number, onLine: (line: string) => void, authorities: string | undefined): Hasher {
  const options = {
    threads: availableParallelism(),
    readsPerObject: OPTIONS['reads-per-object'].default,
    reads: Math.max(OPTIONS.reads.default, objects),
    maxJobs: objects,
    maxQueue: objects,
    graceMs: 0,
    authorities
  }
  return new Hasher(options, (error) => onLine(
    `object-torrent: a hashing thread died and is replaced (${error instanceof Error ? error.message : String(error)})`
  ))
}
