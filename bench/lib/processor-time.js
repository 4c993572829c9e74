import { readFileSync } from 'node:fs'
import { run } from './process.js'

const TICKS_PER_SECOND = 100 // of USER_HZ, on every Linux that Node runs on
// Fields of proc_pid_stat(5), counted behind the name, which may hold spaces: utime, stime, cutime, cstime.
const FIRST_FIELD = 11
const FIELDS = 4

/** The seconds of processor time, user and system, of a process so far, with all its threads and its children. */
export function processorSeconds (pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(FIRST_FIELD, FIRST_FIELD + FIELDS)
  const own = fields.reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
  return childrenOf(pid).reduce((sum, child) => sum + processorSeconds(child), own)
}

/**
 * The seconds of some work, the seconds of processor time that it costs a process, and what it returns.
 * @template T
 * @param {number} pid
 * @param {() => Promise<T>} work
 */
export async function costOf (pid, work) {
  const before = processorSeconds(pid)
  const start = performance.now()
  const done = await work()
  return { done, seconds: (performance.now() - start) / 1000, processor: processorSeconds(pid) - before }
}

/**
 * Runs a program as run() does. Returns also the seconds that it took, and those of processor time, with its children.
 */
export async function runTimed (command, args, options) {
  const start = performance.now()
  const { stdout, stderr } = await run('bash', ['-ec', '"$@"\ntimes >&2', 'bash', command, ...args], options)
  const seconds = (performance.now() - start) / 1000
  return { stdout, seconds, processor: secondsIn(stderr.trim().split('\n').at(-1)) }
}

/** runTimed() of one line of bash, in which every program of a pipe must succeed. */
export const shellTimed = (line, options) => runTimed('bash', ['-o', 'pipefail', '-ec', line], options)

// The second line of `times` is of the children, like "0m1.234s 0m0.567s".
function secondsIn (line) {
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0
  )
}

const childrenOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
