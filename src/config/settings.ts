import { ConfigError } from './config-error.js'
import { optionValue } from './option-value.js'
import { OPTIONS, isList, variableOf } from './options.js'
import type { OptionSchema } from './option-schema.js'
import type { OptionName, OptionValues } from './options.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** Options as they are given: texts, several where an option may be repeated. */
export type GivenOptions = { readonly [Name in OptionName]?: string | readonly string[] | undefined }

/** What an option is called where it was given: `OBJECT_TORRENT_PORT` if its variable was, else `--port`. */
export type Naming = (name: OptionName) => string

/** Some options: as they were given, by value before by variable, else their defaults. */
export interface Settings<Name extends OptionName = OptionName> {
  readonly values: Pick<OptionValues, Name>
  readonly named: Naming
  /** Variables that Kubernetes has made, and that are ignored. */
  readonly serviceLinks: readonly string[]
}

/**
 * The options of these names alone: what is wrong with another one does not matter to the reader of these.
 * @param given it wins over `env`
 * @throws ConfigError
 */
export function readSettings<Name extends OptionName> (
  names: readonly Name[], given: GivenOptions, env: Environment
): Settings<Name> {
  const values: Record<string, unknown> = {}
  const fromVariable = new Set<OptionName>()
  const serviceLinks: string[] = []
  const named: Naming = (name) => fromVariable.has(name) ? variableOf(name) : `--${name}`
  for (const name of names) {
    const variable = env[variableOf(name)] ?? ''
    const isLink = isServiceLink(name, variable)
    if (isLink) serviceLinks.push(variableOf(name))
    let texts = given[name]
    if (texts === undefined && variable !== '' && !isLink) {
      texts = isList(name) ? variable.trim().split(/\s+/) : variable
      fromVariable.add(name)
    }
    values[name] = texts === undefined ? defaultOf(name) : valueOf(name, texts, named(name))
  }
  return { values: values as Pick<OptionValues, Name>, named, serviceLinks }
}

function valueOf (name: OptionName, texts: string | readonly string[], named: string): unknown {
  if (typeof texts === 'string' && !isList(name)) return optionValue(OPTIONS[name], texts, named)
  const each = typeof texts === 'string' ? [texts] : texts
  if (!isList(name)) throw new ConfigError(`${named} has one value.`)
  for (const text of each) if (text === '') throw new ConfigError(`${named} must not be empty.`)
  return each
}

function defaultOf (name: OptionName): unknown {
  const schema: OptionSchema = OPTIONS[name]
  return schema.default
}

// A Service called object-torrent, or object-torrent-tracker, puts OBJECT_TORRENT_PORT=tcp://10.0.0.1:8080 into every
// pod beside it.
function isServiceLink (name: OptionName, value: string): boolean {
  return OPTIONS[name].type === 'integer' && /^(tcp|udp|sctp):\/\/\S+$/i.test(value)
}
