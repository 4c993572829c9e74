import { resolve } from 'node:path'
import type { TlsFiles } from '../net/tls-certificate.js'
import { ADMIN_OPTIONS, adminOf } from './admin.js'
import type { AdminConfig } from './admin.js'
import { ConfigError } from './config-error.js'
import type { Settings } from './settings.js'

/** Where a server listens for clients of S3, and for its operator. */
export interface Listeners {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Files; undefined: plain HTTP. */
  readonly tls: TlsFiles | undefined
  readonly admin: AdminConfig | undefined
}

export const LISTENER_OPTIONS = ['host', 'port', 'tls-cert', 'tls-key', ...ADMIN_OPTIONS] as const

/** @throws ConfigError */
export function listenersOf (settings: Settings<(typeof LISTENER_OPTIONS)[number]>): Listeners {
  const { values: { host, port, 'tls-cert': cert, 'tls-key': key }, named } = settings
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError(`${named('tls-cert')} and ${named('tls-key')} must be given together.`)
  }
  return {
    host,
    port,
    tls: cert === undefined || key === undefined ? undefined : { cert: resolve(cert), key: resolve(key) },
    admin: adminOf(settings)
  }
}
