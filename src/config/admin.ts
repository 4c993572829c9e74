import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ConfigError } from './config-error.js'
import type { Settings } from './settings.js'

export interface AdminConfig {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Undefined on loopback alone. */
  readonly token: string | undefined
}

export const ADMIN_OPTIONS = ['admin-port', 'admin-host', 'admin-token'] as const

/** Undefined: there is no admin listener. @throws ConfigError */
export function adminOf ({ values, named }: Settings<(typeof ADMIN_OPTIONS)[number]>): AdminConfig | undefined {
  const { 'admin-port': port, 'admin-host': host, 'admin-token': token } = values
  if (port === 0) return undefined
  if (token === undefined && host !== 'localhost' && !isLoopback(host)) {
    throw new ConfigError(
      `${named('admin-host')} ${host} is not loopback: set OBJECT_TORRENT_ADMIN_TOKEN, 16 characters at least.`
    )
  }
  if (token !== undefined && !/^[\x21-\x7E]{16,}$/.test(token)) {
    throw new ConfigError(`${named('admin-token')} needs 16 characters or more, of ASCII and without spaces.`)
  }
  return { host, port, token }
}

function isLoopback (host: string): boolean {
  return isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback'
}
