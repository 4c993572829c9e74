import { scopeOf, SCOPES } from '../../net/address-scope.js'

/** An endpoint as swarms look it up; made once for an announce. */
export interface Located {
  /** Its bytes as Latin-1. */
  readonly key: string
  /** Which list of a role it is in, see listOf. */
  readonly list: number
}

/** @param endpoint 6 or 18 bytes, of an address that has a scope */
export function located (endpoint: Buffer): Located {
  return { key: endpoint.toString('latin1'), list: listOf(endpoint, endpoint.length - 2) }
}

/** The lists of a role: of IPv4 the first ones, then those of IPv6, by scope in either. @param family bytes of it */
export function listOf (address: Uint8Array, family: number): number {
  return firstList(family) + (scopeOf(address, family) ?? 0)
}

/** @param family bytes of an address */
export function firstList (family: number): number {
  return family === 4 ? 0 : SCOPES
}
