import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanEnv } from './clean-env.js'

const END_LIMIT_MS = 5_000

export interface ClientRun {
  /** null: it was killed. */
  code: number | null
  stdout: string
  /** stdout and stderr, as they came. */
  output: string
}

/**
 * Runs a program and resolves when it has ended; after `seconds` it is killed. `until` is asked now and then whether to
 * end it sooner: then it is interrupted (SIGINT), and killed where it has not ended in five seconds, as rtorrent at
 * times does not.
 */
export async function runClient (path: string, args: string[], { seconds, env = cleanEnv(), cwd, until }: {
  seconds: number
  env?: NodeJS.ProcessEnv
  cwd?: string
  until?: () => boolean | Promise<boolean>
}): Promise<ClientRun> {
  const child = spawn(path, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const stdout: Buffer[] = []
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => { stdout.push(chunk); output.push(chunk) })
  child.stderr.on('data', (chunk: Buffer) => { output.push(chunk) })
  const over = new AbortController()
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  }).finally(() => { over.abort() })
  const kill = (): void => { child.kill('SIGKILL') }
  const limits = [setTimeout(kill, seconds * 1000)]
  const watch = async (until: () => boolean | Promise<boolean>): Promise<void> => {
    while (!over.signal.aborted) {
      if (await until()) {
        child.kill('SIGINT')
        limits.push(setTimeout(kill, END_LIMIT_MS))
        return
      }
      await sleep(100)
    }
  }
  try {
    const [code] = await Promise.all([ended, until && watch(until)])
    return { code, stdout: Buffer.concat(stdout).toString(), output: Buffer.concat(output).toString() }
  } catch (error) {
    kill()
    await ended
    throw error
  } finally {
    for (const limit of limits) clearTimeout(limit)
  }
}
