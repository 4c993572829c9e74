import { parseArgs } from 'node:util'
import { envSchema } from 'env-schema'
import { OPTIONS, isList, variableOf } from './options.js'
import type { OptionName, OptionValues } from './options.js'
import { SettingError } from '../util/operator-error.js'

/** A setting that cannot be. */
export class ConfigError extends SettingError {
  override name = 'ConfigError'
}

export type Environment = Readonly<Record<string, string | undefined>>

/** What a command line holds. */
export interface CommandLine {
  readonly flags: Readonly<Record<string, string | readonly string[] | boolean | undefined>>
  readonly words: readonly string[]
}

/** What an option is called where it was given: `OBJECT_TORRENT_PORT` if its variable was, else `--port`. */
export type Naming = (name: OptionName) => string

/** Some options as they were given: by flag, else by variable, else their defaults. */
export interface Settings<Name extends OptionName = OptionName> {
  readonly values: Pick<OptionValues, Name>
  readonly named: Naming
  /** Variables that Kubernetes has made, and nobody meant. */
  readonly serviceLinks: readonly string[]
}

/** Flags and other words. Of an option that is no list the command line has one value. @throws ConfigError */
export function readCommandLine (argv: readonly string[]): CommandLine {
  const options = Object.fromEntries(
    Object.keys(OPTIONS).map((name) => [name, { type: 'string' as const, multiple: true }])
  )
  const { values, positionals } = parsed({
    args: [...argv],
    options: { ...options, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
    allowPositionals: true
  })
  const flags = Object.entries(values).map(([name, value]) => {
    if (!Array.isArray(value) || isList(name as OptionName)) return [name, value]
    if (value.length > 1) {
      throw new ConfigError(
        `--${name} is given ${value.length === 2 ? 'twice' : `${value.length} times`}, and has one value; leave ` +
        'one of them.'
      )
    }
    return [name, value[0]]
  })
  return { flags: Object.fromEntries(flags) as CommandLine['flags'], words: positionals }
}

function parsed (config: Parameters<typeof parseArgs>[0]): ReturnType<typeof parseArgs> {
  try {
    return parseArgs(config)
  } catch (cause) {
    const [sentence = ''] = (cause as Error).message.split(/\. |\n/)
    throw new ConfigError(`${sentence.replace(/\.$/, '')}; see --help.`, { cause })
  }
}

/**
 * The options of these names, and no other: what is wrong with the rest does not matter to who reads them.
 * @throws ConfigError
 */
export function readSettings<Name extends OptionName> (
  names: readonly Name[], { flags }: CommandLine, env: Environment
): Settings<Name> {
  const data: Record<string, unknown> = {}
  const fromVariable = new Set<string>()
  const serviceLinks: string[] = []
  for (const name of names) {
    const variable = env[variableOf(name)] ?? ''
    const isLink = isServiceLink(name, variable)
    if (isLink) serviceLinks.push(variableOf(name))
    if (flags[name] !== undefined) data[name] = flags[name]
    else if (variable !== '' && !isLink) {
      data[name] = isList(name) ? variable.trim().split(/\s+/) : variable
      fromVariable.add(name)
    }
  }
  const named: Naming = (name) => fromVariable.has(name) ? variableOf(name) : `--${name}`
  return { values: checked(names, data, named), named, serviceLinks }
}

// A Service called object-torrent, or object-torrent-tracker, puts OBJECT_TORRENT_PORT=tcp://10.0.0.1:8080 into every
// pod beside it.
function isServiceLink (name: OptionName, value: string): boolean {
  return OPTIONS[name].type === 'integer' && /^(tcp|udp|sctp):\/\/\S+$/i.test(value)
}

function checked<Name extends OptionName> (
  names: readonly Name[], data: Record<string, unknown>, named: Naming
): Pick<OptionValues, Name> {
  const properties = Object.fromEntries(names.map((name) => [name, OPTIONS[name]]))
  try {
    return envSchema<Pick<OptionValues, Name>>({ schema: { type: 'object', properties }, data, env: false })
  } catch (cause) {
    const { errors = [] } = cause as {
      errors?: Array<{ instancePath: string, message?: string, params: { allowedValues?: string[] } }>
    }
    const [problem] = errors
    if (problem === undefined) throw cause
    const allowed = problem.params.allowedValues ? `: ${problem.params.allowedValues.join(', ')}` : ''
    throw new ConfigError(`${named(problem.instancePath.split('/')[1] as OptionName)} ${problem.message}${allowed}.`, {
      cause
    })
  }
}
