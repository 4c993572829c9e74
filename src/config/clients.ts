import { isIP } from 'node:net'
import { ConfigError } from './config-error.js'
import type { Settings } from './settings.js'

/** How clients reach the server, and what one of them may take of it. */
export interface ClientsConfig {
  /** Base domains of virtual-hosted requests. */
  readonly domains: readonly string[]
  /** Addresses and CIDR ranges. */
  readonly trustProxy: readonly string[]
  /** Of one network at once; 0: no limit. */
  readonly perNetwork: { readonly connections: number, readonly requests: number }
  readonly cors: boolean
  /** Whether there are public pages. */
  readonly browse: boolean
}

/** @throws ConfigError */
export function clientsOf ({ values, named }: Settings): ClientsConfig {
  return {
    domains: values.domain.map((text) => domainOf(text, named('domain'))),
    trustProxy: values['trust-proxy'].map((text) => rangeOf(text, named('trust-proxy'))),
    perNetwork: { connections: values['max-connections-per-address'], requests: values['max-requests-per-address'] },
    cors: values.cors === 'on',
    browse: values.browse === 'on'
  }
}

function domainOf (text: string, named: string): string {
  const domain = text.toLowerCase().replace(/\.$/, '')
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(domain)) throw new ConfigError(`${named} "${text}" is no domain name.`)
  return domain
}

function rangeOf (text: string, named: string): string {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  if (family === 0 || (bits !== undefined && Number(bits) > (family === 4 ? 32 : 128))) {
    throw new ConfigError(`${named} "${text}" is no address or CIDR range.`)
  }
  return text
}
