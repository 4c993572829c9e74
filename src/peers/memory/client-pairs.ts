/**
 * Clients of one swarm that announce themselves from an IPv4 and from an IPv6 address (BEP 7): which two endpoints are
 * one client's. Endpoints are their bytes as Latin-1. A client has one pair: a third endpoint of it is a peer of its
 * own.
 */
export class ClientPairs {
  /** One endpoint of each client: of a pair, either one. */
  readonly #endpoints = new Map<number, string>()
  readonly #others = new Map<string, string>()

  /** The other endpoint of the same client. */
  otherOf (endpoint: string): string | undefined {
    return this.#others.get(endpoint)
  }

  /** An endpoint was heard of. @param client see clientOf */
  join (endpoint: string, client: number): void {
    if (client === 0 || this.#others.has(endpoint)) return
    const first = this.#endpoints.get(client)
    if (first === undefined) this.#endpoints.set(client, endpoint)
    else if (first.length !== endpoint.length && !this.#others.has(first)) {
      this.#others.set(first, endpoint)
      this.#others.set(endpoint, first)
    }
  }

  /** It is gone, or another client's. @param client as it had joined */
  leave (endpoint: string, client: number): void {
    const other = this.#others.get(endpoint)
    this.#others.delete(endpoint)
    if (other !== undefined) this.#others.delete(other)
    if (this.#endpoints.get(client) !== endpoint) return
    if (other === undefined) this.#endpoints.delete(client)
    else this.#endpoints.set(client, other)
  }
}
