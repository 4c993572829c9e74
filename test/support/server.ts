import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { builtProgram } from './built.js'
import { cleanEnv } from './clean-env.js'

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Server {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** What it has printed so far; of very much, the end. */
  stdout (): string
  stderr (): string
  /** Resolves when the process has ended, however it came to that. */
  readonly exited: Promise<Exit>
  /** Sends a signal, SIGTERM by default, and waits for the end; after 40 s it is killed. */
  stop (signal?: NodeJS.Signals): Promise<Exit>
}

export interface ServerOptions {
  args?: string[]
  /** Added to a clean environment: nothing is inherited but PATH. */
  env?: NodeJS.ProcessEnv
  /** Else an empty folder, removed with the test. */
  cwd?: string
  /** Shell commands before it, in the same process: `ulimit -f 100`. */
  prelude?: string
  /** Instead of the built server of this repository. */
  program?: string[]
}

const READY = /^object-torrent is ready: (https?:\/\/\S+)$/m
const START_LIMIT_MS = 45_000
const STOP_LIMIT_MS = 40_000
const KEPT_OUTPUT = 4 << 20

/** Starts the built server on a free port, waits until it says that it is ready, and stops it with the test. */
export async function startServer (
  t: Test, { args = [], env = {}, cwd, prelude = '', program }: ServerOptions = {}
): Promise<Server> {
  const own = cwd === undefined ? mkdtempSync(join(tmpdir(), 'object-torrent-server-')) : undefined
  const child = launch([...args.includes('--port') ? [] : ['--port', '0'], ...args], env, cwd ?? own, prelude, program)
  const release = async (): Promise<void> => {
    await stop(child, 'SIGTERM')
    if (own !== undefined) rmSync(own, { recursive: true, force: true })
  }
  t.teardown(release)
  const url = await ready(child).catch(async (error: unknown) => {
    await release()
    throw error
  })
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.process.pid ?? 0,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: child.exited,
    stop: (signal = 'SIGTERM') => stop(child, signal)
  }
}

/** Runs the built server to its end, for what it says when it does not start. Rejects when it runs for 45 s. */
export async function runServer (args: string[], env: NodeJS.ProcessEnv = {}, prelude = ''): Promise<Exit & {
  stdout: string
  stderr: string
}> {
  const cwd = mkdtempSync(join(tmpdir(), 'object-torrent-server-'))
  const child = launch(args, env, cwd, prelude)
  try {
    const exit = await Promise.race([child.exited, sleep(START_LIMIT_MS, undefined, { ref: false })])
    if (exit === undefined) {
      throw new Error(
        `object-torrent ${args.join(' ')} still ran after ${START_LIMIT_MS} ms\n${child.stdout()}${child.stderr()}`
      )
    }
    return { ...exit, stdout: child.stdout(), stderr: child.stderr() }
  } finally {
    await stop(child, 'SIGKILL')
    rmSync(cwd, { recursive: true, force: true })
  }
}

interface Child extends Pick<Server, 'stdout' | 'stderr' | 'exited'> {
  process: ChildProcessByStdio<null, Readable, Readable>
}

function launch (args: string[], env: NodeJS.ProcessEnv, cwd: string | undefined, prelude = '', main = [
  process.execPath, builtProgram()
]): Child {
  const command = [...main, ...args, ...withoutFixedPorts(args, env)]
  const [program = '', ...rest] = prelude === '' ? command : ['sh', '-c', `${prelude}; exec "$@"`, 'sh', ...command]
  const child = spawn(program, rest, { cwd, env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('close', (code, signal) => { resolve({ code, signal }) })
    child.once('error', reject)
  })
  return { process: child, stdout: collected(child.stdout), stderr: collected(child.stderr), exited }
}

/** Neither tracker nor seeder nor admin listener, whose ports could be taken, unless they are asked for. */
function withoutFixedPorts (args: string[], env: NodeJS.ProcessEnv): string[] {
  const asked = (name: string): boolean => `OBJECT_TORRENT_${name}_PORT` in env || args.some(
    (arg) => arg.startsWith(`--${name.toLowerCase()}-port`)
  )
  return ['TRACKER', 'PEER', 'ADMIN'].filter((name) => !asked(name)).flatMap(
    (name) => [`--${name.toLowerCase()}-port`, '0']
  )
}

/** The URL it says it listens on. */
function ready (child: Child): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new Error(`object-torrent ${why}\n${child.stdout()}${child.stderr()}`))
    }
    const limit = setTimeout(() => { fail(`was not ready after ${START_LIMIT_MS} ms`) }, START_LIMIT_MS)
    child.process.stdout.on('data', () => {
      const [, ready] = READY.exec(child.stdout()) ?? []
      if (ready === undefined) return
      clearTimeout(limit)
      resolve(ready)
    })
    child.exited.then(({ code, signal }) => {
      clearTimeout(limit)
      fail(`ended with ${code ?? signal} before it was ready`)
    }, reject)
  })
}

async function stop (child: Child, signal: NodeJS.Signals): Promise<Exit> {
  child.process.kill(signal)
  const limit = setTimeout(() => { child.process.kill('SIGKILL') }, STOP_LIMIT_MS)
  try {
    return await child.exited
  } finally {
    clearTimeout(limit)
  }
}

function collected (stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-KEPT_OUTPUT)
  })
  return () => text
}
