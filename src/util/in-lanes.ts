import { setMaxListeners } from 'node:events'

/**
 * Does `work` for each item, so many at once. The first failure ends the others, by their signal.
 * @throws the first failure; the signal's reason
 */
export async function inLanes<T> (
  lanes: number, items: Iterable<T>, work: (item: T, signal: AbortSignal) => Promise<void>, signal: AbortSignal
): Promise<void> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  setMaxListeners(0, either) // each lane has several
  const iterator = items[Symbol.iterator]()
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      either.throwIfAborted()
      await work(next.value, either)
    }
  }
  const running = Array.from({ length: lanes }, lane) // those without an item end at once
  try {
    await Promise.all(running)
  } catch (error) {
    failed.abort(error)
    await Promise.allSettled(running)
    throw error
  }
}
