import type { OptionValues } from './options.js'
import type { Settings } from './settings.js'

export interface LogConfig {
  readonly logLevel: OptionValues['log-level']
  readonly logFormat: OptionValues['log-format']
}

export function logOf ({ values }: Settings): LogConfig {
  return { logLevel: values['log-level'], logFormat: values['log-format'] }
}
