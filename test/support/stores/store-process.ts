import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { cleanEnv } from '../clean-env.js'
import { until } from '../until.js'

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 5_000

/** Starts one process of a store, which is stopped, by its pid, with the test. */
export function startProcess (
  t: Test, program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}
): ChildProcess {
  const child = spawn(program, args, { env: cleanEnv(env), stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-4_000) })
  child.once('error', (error) => t.comment(`${program}: ${error.message}`))
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) {
      t.comment(`${program} ended by itself: ${said}`)
      return
    }
    const limit = setTimeout(() => { child.kill('SIGKILL') }, STOP_LIMIT_MS)
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    clearTimeout(limit)
  })
  return child
}

/** Waits until a store answers anything. Rejects when one of its processes ends before. */
export async function answering (url: string, processes: readonly ChildProcess[]): Promise<void> {
  await until(`an answer of ${url}`, async () => {
    const ended = processes.find(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)
    if (ended !== undefined) throw new Error(`${ended.spawnargs.join(' ')} ended before it answered`)
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
      await response.arrayBuffer()
      return response.status < 500
    } catch {
      return false
    }
  }, START_LIMIT_MS)
}
