import { Option } from 'commander'
import type { Command } from 'commander'
import type { OptionSchema } from '../config/option-schema.js'
import { OPTIONS, OPTION_NAMES, isList, variableOf } from '../config/options.js'
import type { OptionName } from '../config/options.js'
import type { GivenOptions } from '../config/settings.js'

/**
 * An option of the server, described with its default and its variable. Variables are read by config/settings.ts and
 * not by commander, which takes an empty one for a value and knows neither lists nor Kubernetes' links.
 * @param described in place of the server's description
 */
export function serverOption (name: OptionName, described?: string): Option {
  const { title, description, default: value }: OptionSchema = OPTIONS[name]
  const fallback = value === undefined || typeof value === 'object' ? '' : ` [${value}]`
  const option = valueOption(name, title, `${described ?? description + fallback} (${variableOf(name)})`)
  return isList(name) ? option.argParser(collected) : option
}

/** The same where a command has it as its own: with its own default, and without the variable. */
export function ownOption (name: OptionName, described?: string): Option {
  const { title, description, default: value }: OptionSchema = OPTIONS[name]
  const fallback = value === undefined || typeof value === 'object' ? '' : ` [${value}]`
  const option = valueOption(name, title, described ?? description + fallback)
  return isList(name) ? option.argParser(collected).default([]) : option.default(value)
}

// Titles hold brackets and commas, which commander would take for its own.
function valueOption (name: string, title: string, description: string): Option {
  return Object.assign(new Option(`--${name} <value>`, description), { flags: `--${name} ${title}` })
}

export function collected (value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** Options of the server that a command line holds, of these names. */
export function givenOptions (command: Command, names = OPTION_NAMES): GivenOptions {
  return Object.fromEntries(names.flatMap((name) => {
    const attribute = command.options.find(({ long }) => long === `--${name}`)?.attributeName() ?? ''
    const value = command.getOptionValue(attribute) as string | readonly string[] | undefined
    return value !== undefined && command.getOptionValueSource(attribute) === 'cli' ? [[name, value]] : []
  }))
}
