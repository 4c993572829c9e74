import { lchownSync, symlinkSync } from 'node:fs'
import type { Test } from 'tap'

const NOBODY = 65534

/** Makes what is at `path` somebody else's to this process: root gives it away, and everybody else takes another id. */
export function giveAway (t: Test, path: string): void {
  if (process.geteuid?.() === 0) lchownSync(path, NOBODY, NOBODY)
  else t.intercept(process, 'geteuid', { value: () => NOBODY })
}

/** A link that somebody else has made. */
export function plantLink (t: Test, target: string, path: string): void {
  symlinkSync(target, path)
  giveAway(t, path)
}
