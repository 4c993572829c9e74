import { ConfigError } from './config-error.js'
import type { OptionSchema } from './option-schema.js'

/**
 * What a text says as the value of an option that is no list.
 * @param named what the option was given as
 * @throws ConfigError
 */
export function optionValue (schema: OptionSchema, text: string, named: string): string | number {
  if (schema.type === 'integer') return wholeNumber(schema, text, named)
  if (text === '') throw new ConfigError(`${named} must not be empty.`)
  if (schema.enum !== undefined && !schema.enum.includes(text)) {
    throw new ConfigError(`${named} must be one of: ${schema.enum.join(', ')}.`)
  }
  if (schema.pattern?.test(text) === false) throw new ConfigError(`${named} must be ${schema.form}.`)
  return text
}

/** As JavaScript writes numbers: 5e9 is one, too. */
function wholeNumber ({ minimum = 0, maximum = Infinity }: OptionSchema, text: string, named: string): number {
  const number = text.trim() === '' ? NaN : Number(text)
  if (Number.isInteger(number) && number >= minimum && number <= maximum) return number
  const range = maximum === Infinity ? `, ${minimum} or more` : ` from ${minimum} to ${maximum}`
  throw new ConfigError(`${named} must be a whole number${range}.`)
}
