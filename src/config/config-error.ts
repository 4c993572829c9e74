import { SettingError } from '../util/operator-error.js'

/** A setting that cannot be. */
export class ConfigError extends SettingError {
  override name = 'ConfigError'
}
