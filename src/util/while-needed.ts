import { setMaxListeners } from 'node:events'

/**
 * Does `work` with a signal of its own, which fires with the other one, and when the work has ended: nothing that
 * listens to it stays.
 */
export async function whileNeeded<T> (signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const own = new AbortController()
  setMaxListeners(0, own.signal)
  const stop = (): void => own.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await work(own.signal)
  } finally {
    signal.removeEventListener('abort', stop)
    own.abort(new DOMException('the work has ended', 'AbortError'))
  }
}
