import type { BigIntStats } from 'node:fs'

/** Two writes within one tick of the kernel's clock leave the same times (HZ=100). */
export const CLOCK_TICK_MS = 20

/**
 * Whether a write from now on will change the file's times. What comes from the future, by another machine's clock,
 * never settles, and is taken for settled.
 */
export function isSettled ({ ctimeNs }: BigIntStats): boolean {
  const age = Date.now() - Number(ctimeNs / 1_000_000n)
  return age >= CLOCK_TICK_MS || age < -CLOCK_TICK_MS
}

/**
 * Another text whenever a file may hold something else than it did: ctime changes with every write, even where a tool
 * puts mtime back. A file that has not settled is another one at every look.
 */
export function statVersion (stats: BigIntStats): string {
  const { mtimeNs, ctimeNs, ino, size } = stats
  return `${mtimeNs}-${ctimeNs}-${ino}-${size}${isSettled(stats) ? '' : `-${performance.now()}`}`
}
