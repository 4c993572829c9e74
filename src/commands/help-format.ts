import type { Help } from 'commander'
import type { CommandContext } from './context.js'

const MAX_WIDTH = 100
const INDENT = ' '.repeat(6)

/** Columns that a help text may take. */
export function helpWidth ({ stdout }: CommandContext): number {
  return Math.min(MAX_WIDTH, stdout.columns || MAX_WIDTH)
}

/** Names on a line, descriptions on the next: where names are long, and where a description is found by grep. */
export function onTwoLines ({ stdout }: CommandContext): Partial<Help> {
  return {
    formatItem (term, _, description, helper) {
      const width = (helper.helpWidth ?? MAX_WIDTH) - INDENT.length
      const lines = stdout.isTTY ? helper.boxWrap(description, width).split('\n') : [description]
      return [`  ${term}`, ...lines.map((line) => INDENT + line)].join('\n')
    }
  }
}
