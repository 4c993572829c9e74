import { cpus, totalmem } from 'node:os'

export function machine () {
  const processors = cpus()
  return {
    processor: processors[0].model,
    cores: processors.length,
    memoryGB: Math.round(totalmem() / 1e9),
    node: process.version,
    date: new Date().toISOString().slice(0, 10)
  }
}

export const sentence = ({
  processor, cores, memoryGB, node, date
}) => `${cores} cores of ${processor}, ${memoryGB} GB, Node ${node}, ${date}.`
