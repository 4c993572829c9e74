import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'

const living = new Set()
process.on('exit', () => { for (const child of living) signalGroup(child, 'SIGKILL') })

/** The environment of a program: the variables that find programs, and no settings. */
export const cleanEnv = (extra = {}) => ({
  PATH: process.env.PATH, TMPDIR: tmpdir(), HOME: '/nonexistent', LC_ALL: 'C.UTF-8', ...extra
})

/**
 * Starts a program in a process group of its own. Its children end with it, and all programs end with the bench.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 */
export function start (command, args, { cwd, env } = {}) {
  const child = spawn(command, args, { cwd, env: cleanEnv(env), detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  living.add(child)
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
    process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
