import { spawn } from 'node:child_process'
import { builtProgram } from './built.js'
import { cleanEnv } from './clean-env.js'
import { programPath } from './programs.js'

export interface CommandRun {
  code: number | null
  stdout: Buffer
  stderr: string
}

export interface CommandOptions {
  cwd: string
  /** Added to a clean environment. */
  env?: NodeJS.ProcessEnv
  input?: string | Buffer
  /** Sent when this resolves. */
  interruptWhen?: Promise<unknown>
}

const LIMIT_MS = 60_000

/** Runs a command of the built object-torrent to its end. It asks no instance for credentials. */
export async function runCommand (
  args: string[], { cwd, env = {}, input = '', interruptWhen }: CommandOptions
): Promise<CommandRun> {
  const child = spawn(process.execPath, [builtProgram(), ...args], {
    cwd, env: commandEnv(env), timeout: LIMIT_MS, killSignal: 'SIGKILL'
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => { stdout.push(chunk) })
  child.stderr.on('data', (chunk: Buffer) => { stderr.push(chunk) })
  child.stdin.on('error', () => {}) // it may end before it has read all
  child.stdin.end(input)
  interruptWhen?.then(() => child.kill('SIGINT'), () => child.kill('SIGKILL'))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }
}

/**
 * The same on a terminal of 90 columns. `press` is asked, with what was shown so far, for keys to press once. The test
 * needs 'script'.
 */
export async function inTerminal (
  args: string[],
  { cwd, env = {}, press }: Pick<CommandOptions, 'cwd' | 'env'> & { press?: (output: string) => string | undefined }
): Promise<{ code: number | null, output: string }> {
  const quoted = [process.execPath, builtProgram(), ...args].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`
  ).join(
    ' '
  )
  const child = spawn(programPath('script'), ['-qefc', `stty cols 90 rows 24; exec ${quoted}`, '/dev/null'], {
    cwd, env: commandEnv({ TERM: 'xterm', SHELL: '/bin/sh', ...env }), timeout: LIMIT_MS, killSignal: 'SIGKILL'
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text })
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  let pressed = press === undefined
  child.stdout.on('data', () => {
    const keys = pressed ? undefined : press?.(output)
    if (keys === undefined) return
    pressed = true
    child.stdin.write(keys)
  })
  return { code: await code, output }
}

function commandEnv (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return cleanEnv({ AWS_EC2_METADATA_DISABLED: 'true', ...env })
}
