import { DELIVERY_LIMITS } from '../objects/limits.js'
import { OriginRedirect, OriginRefusal, OriginUnavailable, isVerdict } from '../objects/origin-errors.js'
import { retry } from '../util/retry.js'

/**
 * Asks until the origin answers, until it has given nothing for 15 seconds.
 * @param progress when the origin last gave something, by performance.now()
 * @throws what the origin refused with; after that time OriginUnavailable, or a refusal that is no verdict
 */
export function retryWhileUnavailable<T> (
  ask: () => Promise<T>, signal: AbortSignal, progress: () => number
): Promise<T> {
  const { pauses, patienceMs } = DELIVERY_LIMITS
  return retry(ask, {
    pauses,
    again: (error, pauseMs) => isPassing(error) && performance.now() + pauseMs - progress() <= patienceMs,
    signal
  })
}

function isPassing (error: unknown): boolean {
  return (error instanceof OriginUnavailable && !(error instanceof OriginRedirect)) ||
    (error instanceof OriginRefusal && !isVerdict(error))
}
