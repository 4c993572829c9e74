import { accessOf } from './access.js'
import type { AccessConfig } from './access.js'
import { clientsOf } from './clients.js'
import type { ClientsConfig } from './clients.js'
import { deliveryOf } from './delivery.js'
import type { DeliveryConfig } from './delivery.js'
import { hashingOf } from './hashing.js'
import type { HashingConfig } from './hashing.js'
import { listenersOf } from './listeners.js'
import type { Listeners } from './listeners.js'
import { logOf } from './log.js'
import type { LogConfig } from './log.js'
import { OPTION_NAMES } from './options.js'
import { originOf } from './origin.js'
import type { OriginConfig } from './origin.js'
import { readSettings } from './settings.js'
import type { Environment, GivenOptions, Naming } from './settings.js'
import { storeOf } from './store.js'
import type { StoreConfig } from './store.js'
import { swarmOf } from './swarm.js'
import type { SwarmConfig } from './swarm.js'
import { torrentsOf } from './torrents.js'
import type { TorrentsConfig } from './torrents.js'

/** Everything that a server is told. */
export interface Config extends
  Listeners, OriginConfig, AccessConfig, ClientsConfig, TorrentsConfig, SwarmConfig, DeliveryConfig, StoreConfig,
  HashingConfig, LogConfig {
  /** Variables that Kubernetes has made, and that are ignored. */
  readonly serviceLinks: readonly string[]
  /** For settings that are AWS's own, and that its own tools read from variables. */
  readonly environment: Environment
}

export interface LoadedConfig {
  readonly config: Config
  readonly named: Naming
}

/**
 * The server that is asked for.
 * @param given options as texts; each wins over its variable
 * @param env where variables of options are looked for, and AWS's own
 * @throws ConfigError
 */
export function loadConfig (given: GivenOptions, env: Environment): LoadedConfig {
  const settings = readSettings(OPTION_NAMES, given, env)
  const config = {
    ...listenersOf(settings),
    ...originOf(settings),
    ...accessOf(settings, env),
    ...clientsOf(settings),
    ...torrentsOf(settings),
    ...swarmOf(settings),
    ...deliveryOf(settings),
    ...storeOf(settings),
    ...hashingOf(settings),
    ...logOf(settings),
    serviceLinks: settings.serviceLinks,
    environment: env
  }
  return { config: Object.freeze(config), named: settings.named }
}
