import { addressBytes, compactEndpoint } from '../../net/endpoint.js'
import { ownAddressFor } from '../../net/own-address.js'

/** Where peers find this server's seeder: what the operator says, else the address that the peer itself has reached. */
export class SeederAddress {
  readonly #port: number
  readonly #told: Buffer | undefined
  readonly #listening: Buffer | undefined

  /** @param host that it listens on @param told `--peer-address` */
  constructor ({ port, host, told }: { port: number, host: string, told: string | undefined }) {
    this.#port = port
    this.#told = told === undefined ? undefined : addressBytes(told)
    const listening = addressBytes(host)
    this.#listening = listening?.some((byte) => byte !== 0) === true ? listening : undefined
  }

  /** The seeder as a peer (BEP 23, BEP 7), in the announcer's own family; undefined where it has no such address. */
  endpointFor (announcer: Buffer, reached: Buffer | undefined): Buffer | undefined {
    const own = this.#told ?? this.#listening ?? reached ?? ownAddressFor(announcer)
    return own?.length === announcer.length ? compactEndpoint(own, this.#port) : undefined
  }
}
