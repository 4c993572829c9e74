import type { Command } from 'commander'
import { UsageError } from './errors.js'

/**
 * Refuses what commander takes: an option that has one value and is given twice, of which the last value would win
 * without a word, and another option's name as a value, where the value itself was forgotten.
 */
export function refuseSlips (command: Command): void {
  const names = new Set(command.options.flatMap(({ long, short }) => [long, short]))
  for (const option of command.options.filter(({ required }) => required)) {
    const shown = option.long ?? option.flags
    let given = 0
    command.on(`option:${option.name()}`, (value: unknown) => {
      if (typeof value === 'string' && names.has(value)) throw new UsageError(`${shown} needs a value; see --help.`)
      if (++given > 1 && option.parseArg === undefined) {
        throw new UsageError(`${shown} is given twice, and has one value; leave one of them.`)
      }
    })
  }
}
