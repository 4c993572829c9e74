import { isIP } from 'node:net'
import { scopeOf } from '../net/address-scope.js'
import { addressBytes } from '../net/endpoint.js'
import { ConfigError } from './config-error.js'
import type { Settings } from './settings.js'
import { trackerOf } from './url.js'

export interface TrackerConfig {
  readonly port: number
  /** As they are written into torrents; empty: made of the public URL's host and the port. */
  readonly urls: readonly string[]
  /** Seconds. */
  readonly interval: number
}

export interface SeederConfig {
  readonly port: number
  /** Addresses that peers are told, of each family one at most; empty: the ones that they have reached. */
  readonly addresses: readonly string[]
  readonly slots: number
}

/** Undefined: there is none. */
export interface SwarmConfig {
  readonly tracker: TrackerConfig | undefined
  readonly seeder: SeederConfig | undefined
}

/** @throws ConfigError */
export function swarmOf ({ values, named }: Settings): SwarmConfig {
  const { 'tracker-port': trackerPort, 'peer-port': peerPort } = values
  const tracker = {
    port: trackerPort,
    urls: values['tracker-url'].map((url) => trackerOf(named('tracker-url'), url)),
    interval: values['announce-interval']
  }
  const seeder = {
    port: peerPort,
    addresses: peerAddressesOf(values['peer-address'], named('peer-address')),
    slots: values['upload-slots']
  }
  return { tracker: trackerPort === 0 ? undefined : tracker, seeder: peerPort === 0 ? undefined : seeder }
}

function peerAddressesOf (texts: readonly string[], named: string): readonly string[] {
  const families = new Map<number, string>()
  for (const text of texts) {
    const bytes = isIP(text) ? addressBytes(text) : undefined
    if (bytes === undefined) throw new ConfigError(`${named} "${text}" is no IP address.`)
    if (scopeOf(bytes) === undefined) throw new ConfigError(`${named} "${text}" is no address that a peer can be at.`)
    const other = families.get(bytes.length)
    if (other !== undefined) {
      throw new ConfigError(`${named} takes one IPv4 and one IPv6 address, and not both ${other} and ${text}.`)
    }
    families.set(bytes.length, text)
  }
  return texts
}
