import { within } from '../util/timeout.js'

/** At a byte each three seconds, five minutes. */
export const RESERVE_BYTES = 100
/** What is longer is not copied. */
const MAX_JOINED_BYTES = 1024
/** How long a source may be silent before a byte is sent. */
export const IDLE_MS = 3_000

/**
 * `chunks`, with some bytes kept back and sent one at a time while the source is silent: clients count the time
 * between bytes (aria2 and boto3 give up after 60 s), and one digest of a slow origin can take longer.
 */
export async function * trickle (
  chunks: AsyncGenerator<Buffer>, idleMs = IDLE_MS, reserveBytes = RESERVE_BYTES
): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  let silentSince = performance.now()
  try {
    let next = ahead(chunks)
    for (;;) {
      const result = await within(next, Math.max(0, silentSince + idleMs - performance.now()), 'idle')
      if (result === 'idle') {
        if (held.length > 1) {
          yield held.subarray(0, 1)
          held = held.subarray(1)
        }
        silentSince = performance.now()
        continue
      }
      if (result.done === true) break
      next = ahead(chunks)
      if (result.value.length > MAX_JOINED_BYTES) {
        if (held.length > 0) yield held
        held = result.value
      } else held = Buffer.concat([held, result.value])
      if (held.length > reserveBytes) {
        const ready = held.subarray(0, held.length - reserveBytes)
        held = held.subarray(ready.length)
        yield ready
        silentSince = performance.now() // not before: what only fills the reserve up is no byte for the client
      }
    }
    yield held
  } finally {
    await chunks.return(undefined)
  }
}

// Asked for before it is awaited: its failure is seen at the next await, or nobody waits for it anymore.
function ahead (chunks: AsyncGenerator<Buffer>): Promise<IteratorResult<Buffer, unknown>> {
  const next = chunks.next()
  next.catch(() => {})
  return next
}
