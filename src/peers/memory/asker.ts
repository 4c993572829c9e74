import { SCOPE, scopeOf } from '../../net/address-scope.js'
import type { Scope } from '../../net/address-scope.js'

/** An asker is told of peers of its own family, at addresses that are good where it is. */
export interface Asker {
  /** Bytes of its address. */
  readonly family: number
  readonly scope: Scope
}

/** @param bytes begin with an address that has a scope @param family bytes of the address */
export function askerAt (bytes: Buffer, family = bytes.length): Asker {
  return { family, scope: scopeOf(bytes, family) ?? SCOPE.everywhere }
}
