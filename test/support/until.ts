import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than anything here takes on a machine that has much else to do. */
const LIMIT_MS = 60_000
const PAUSE_MS = 20

/**
 * Waits until `holds` says anything but false or undefined, and returns that. Rejects after `limitMs` with what was
 * waited for.
 */
export async function until<T> (
  what: string, holds: () => T | Promise<T>, limitMs = LIMIT_MS
): Promise<Exclude<T, undefined | false>> {
  const limit = performance.now() + limitMs
  for (;;) {
    const said = await holds()
    if (said !== undefined && said !== false) return said as Exclude<T, undefined | false>
    if (performance.now() > limit) throw new Error(`not in ${limitMs} ms: ${what}`)
    await sleep(PAUSE_MS)
  }
}
