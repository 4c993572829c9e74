import { HASHING_LIMITS } from '../objects/limits.js'
import { OriginRefusal, OriginUnavailable } from '../objects/origin-errors.js'
import { WorkerReadFailed } from '../objects/worker-read.js'

/** Who reads: a hashing thread by itself, or the origin's own client, which understands errors. */
export type ReadWay = 'worker' | 'origin'

/** What is known when a read of a segment has failed. */
export interface ReadState {
  /** How it was read. */
  readonly way: ReadWay
  /** Whether this read had given digests before it failed. */
  readonly hasProgressed: boolean
  /** Whether the job has had its first byte: until then a client waits to be told of an error. */
  readonly hasBegun: boolean
  /** How often this segment's reads have failed, this time included. */
  readonly failures: number
  /** For how long this segment has failed, and no digest has come of any. */
  readonly silentMs: number
}

/**
 * `again`: at once, by a thread. `through the origin`: at once, by the origin's own client, which says what is wrong.
 * `after a pause`: whichever way threads are trusted with then. `give up`: the error is the job's.
 */
export type ReadDecision = 'again' | 'through the origin' | 'after a pause' | 'give up'

/** What becomes of a segment whose read has failed with this error. */
export function decide (error: unknown, state: ReadState): ReadDecision {
  if (state.way === 'worker' && error instanceof WorkerReadFailed && !(error.kind === 'busy' && state.hasBegun)) {
    return state.hasProgressed ? 'again' : 'through the origin'
  }
  if (!isTemporary(error)) return 'give up'
  if (!state.hasBegun && state.failures >= HASHING_LIMITS.failuresAtFirst) return 'give up'
  return state.silentMs > HASHING_LIMITS.patienceMs ? 'give up' : 'after a pause'
}

function isTemporary (error: unknown): boolean {
  return error instanceof WorkerReadFailed || error instanceof OriginUnavailable ||
    (error instanceof OriginRefusal && error.code === 'SlowDown')
}
