import type { Command } from 'commander'
import type { Surroundings } from './surroundings.js'

/** The commands besides serve and store, each loaded when it is run. */
export const COMMANDS = {
  create: async (io: Surroundings) => (await import('./create/create.js')).createCommand(io),
  show: async (io: Surroundings) => (await import('./show/show.js')).showCommand(io),
  verify: async (io: Surroundings) => (await import('./verify/verify.js')).verifyCommand(io),
  warm: async (io: Surroundings) => (await import('./warm/warm.js')).warmCommand(io)
} satisfies Record<string, (io: Surroundings) => Promise<Command>>

export type CommandName = keyof typeof COMMANDS

/** The command that a command line names with its first word, or `help` and its second; undefined: the server's. */
export function commandOf ([first, second]: readonly string[]): CommandName | undefined {
  const word = first === 'help' ? second : first
  return word !== undefined && Object.hasOwn(COMMANDS, word) ? word as CommandName : undefined
}
