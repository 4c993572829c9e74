import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'

/** @param {string} [node] the program that runs the servers */
export function machine (node = process.execPath) {
  const processors = cpus()
  return {
    processor: processors[0].model,
    cores: processors.length,
    memoryGB: Math.round(totalmem() / 1e9),
    node: versionOf(node),
    date: new Date().toISOString().slice(0, 10)
  }
}

export const sentence = ({
  processor, cores, memoryGB, node, date
}) => `${cores} cores of ${processor}, ${memoryGB} GB, the server on Node ${node}, ${date}.`

/** The version that a program says of itself. Throws if it is no Node. */
export function versionOf (node) {
  const { status, stdout, error } = spawnSync(node, ['--print', 'process.version'], { encoding: 'utf8' })
  if (status !== 0 || !stdout.startsWith('v')) throw new Error(`${node} is no Node: ${error?.message ?? stdout}`)
  return stdout.trim()
}
