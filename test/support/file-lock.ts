import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` while no other process does so under the same lock file. Waits for at most `limitMs`.
 * A lock left behind by a process that is gone is removed.
 */
export async function withFileLock<T> (path: string, limitMs: number, work: () => Promise<T>): Promise<T> {
  const end = Date.now() + limitMs
  while (!taken(path)) {
    if (!isAlive(Number(readOrEmpty(path)))) rmSync(path, { force: true })
    else if (Date.now() > end) {
      throw new Error(
      `${path} is still held by process ${readOrEmpty(path)} after ${limitMs} ms`
      )
    } else await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

export function isAlive (pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function taken (path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function readOrEmpty (path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
