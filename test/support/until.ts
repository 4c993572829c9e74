import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until a condition holds. Rejects after `limitMs` with what was waited for. */
export async function until (what: string, holds: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<void> {
  const limit = performance.now() + limitMs
  while (!await holds()) {
    if (performance.now() > limit) throw new Error(`not in ${limitMs} ms: ${what}`)
    await sleep(50)
  }
}
