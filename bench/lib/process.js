import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'

/** The programs that run, each with whether it is near. */
const living = new Map()
process.on('exit', () => { for (const child of living.keys()) signalGroup(child, 'SIGKILL') })

/** The environment of a program: the variables that find programs, and no settings. */
export const cleanEnv = (extra = {}) => ({
  PATH: process.env.PATH, TMPDIR: tmpdir(), HOME: '/nonexistent', LC_ALL: 'C.UTF-8', ...extra
})

/**
 * Starts a program in a session of its own. Its children end with it, and all programs end with the bench.
 *
 * Linux shares processors between sessions before it looks at priorities (sched_autogroup), and 6.18 was seen to let
 * one session wait for another one for a second. With `isNear` a program is in the bench's session, where priorities
 * hold: then what the bench measures by its own clock is the program. It must have no children.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, isNear?: boolean }} [options]
 */
export function start (command, args, { cwd, env, isNear = false } = {}) {
  const child = spawn(command, args, { cwd, env: cleanEnv(env), detached: !isNear, stdio: ['ignore', 'pipe', 'pipe'] })
  living.set(child, isNear)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => { said[name] = (said[name] + text).slice(-1_000_000) })
  }
  const ended = new Promise((resolve, reject) => {
    child.once('error', (error) => {
      living.delete(child)
      reject(error)
    })
    child.once('close', (code, signal) => {
      living.delete(child)
      resolve(code ?? signal)
    })
  })
  ended.catch(() => {}) // told to those who ask
  return {
    pid: child.pid, stdoutStream: child.stdout, said, ended, stop: (signal = 'SIGTERM') => stop(child, ended, signal)
  }
}

/** Runs a program to its end and returns its output. If it fails, rejects with its error output. */
export async function run (command, args, options) {
  const { ended, said } = start(command, args, options)
  const code = await ended
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said.stderr || said.stdout}`.trim())
  return said
}

async function stop (child, ended, signal) {
  signalGroup(child, signal)
  const limit = setTimeout(() => signalGroup(child, 'SIGKILL'), 15_000)
  try {
    return await ended
  } finally {
    clearTimeout(limit)
  }
}

function signalGroup (child, signal) {
  if (!living.has(child) || child.pid === undefined) return
  try {
    process.kill(living.get(child) ? child.pid : -child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
