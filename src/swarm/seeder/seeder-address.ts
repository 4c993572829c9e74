import { SCOPE, canBeTold, scopeOf } from '../../net/address-scope.js'
import type { Scope } from '../../net/address-scope.js'
import { addressBytes, compactEndpoint } from '../../net/endpoint.js'
import { LocalAddresses } from '../../net/local-addresses.js'
import { ownAddressFor } from '../../net/own-address.js'

/**
 * Where peers find this server's seeder: what the operator says, else the address that it listens on, or that the peer
 * itself has reached.
 */
export class SeederAddress {
  readonly #port: number
  readonly #told: readonly Buffer[]
  /** Of the host that it listens on; undefined for a name. */
  readonly #host: Buffer | undefined
  readonly #local = new LocalAddresses()

  /** @param host that it listens on @param told `--peer-address`, of each family one at most */
  constructor ({ port, host, told }: { port: number, host: string, told: readonly string[] }) {
    this.#port = port
    this.#told = told.flatMap((text) => addressBytes(text) ?? [])
    this.#host = addressBytes(host)
  }

  /**
   * The seeder as a peer (BEP 23, BEP 7), in the announcer's own family; undefined where it has no such address, or
   * none that is good where the announcer is: a stranger is not sent to its own loopback.
   */
  endpointFor (announcer: Buffer, reached: Buffer | undefined): Buffer | undefined {
    const scope = scopeOf(announcer)
    if (scope === undefined) return undefined
    const scopeHere = (address: Buffer | undefined): Scope | undefined => address?.length === announcer.length
      ? scopeOf(address)
      : undefined
    const told = this.#told.find((address) => {
      const own = scopeHere(address)
      // To all that are near it is as the operator says.
      return own !== undefined && (scope !== SCOPE.everywhere || canBeTold(own, scope))
    })
    if (told !== undefined) return compactEndpoint(told, this.#port)
    const listening = this.#listening(announcer, reached)
    const own = scopeHere(listening)
    return listening !== undefined && own !== undefined && canBeTold(own, scope)
      ? compactEndpoint(listening, this.#port)
      : undefined
  }

  #listening (announcer: Buffer, reached: Buffer | undefined): Buffer | undefined {
    const host = this.#host
    if (host?.some((byte) => byte !== 0) === true) return host
    if (host?.length === 4 && announcer.length === 16) return undefined // `::` is both families, 0.0.0.0 is one
    return reached?.length === announcer.length ? reached : ownAddressFor(announcer, this.#local.all)
  }
}
