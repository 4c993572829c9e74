/**
 * What `promise` gives, or `otherwise` where it has not settled after `ms`. The work behind it goes on.
 * @throws what the promise rejects with; the signal's reason
 */
export async function within<T, const Late> (
  promise: Promise<T>, ms: number, otherwise: Late, signal?: AbortSignal
): Promise<T | Late> {
  signal?.throwIfAborted()
  let stop: () => void = () => {}
  const limit = new Promise<Late>((resolve, reject) => {
    const timer = setTimeout(resolve, ms, otherwise)
    const abort = (): void => reject(signal?.reason as Error)
    signal?.addEventListener('abort', abort, { once: true })
    stop = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    stop()
  }
}

/** A limit on a wait that begins anew with every sign of life. */
export interface Deadline {
  /** Fires when the time is over, with the error that was given as its reason. */
  readonly signal: AbortSignal
  /** The time begins anew. */
  readonly refresh: () => void
}

/**
 * Runs `ask` with a deadline of `ms`, of which `ask` hears by its signal, beside the one that it is given.
 * @throws `late` when the time is over, else the signal's reason, else what `ask` throws
 */
export async function withDeadline<T> (
  ms: number, late: Error, signal: AbortSignal, ask: (deadline: Deadline) => Promise<T>
): Promise<T> {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(late), ms)
  try {
    return await ask({ signal: AbortSignal.any([signal, over.signal]), refresh: () => { timer.refresh() } })
  } catch (error) {
    signal.throwIfAborted()
    throw over.signal.aborted ? late : error
  } finally {
    clearTimeout(timer)
  }
}
