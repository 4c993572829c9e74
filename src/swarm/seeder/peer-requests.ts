import { BlockRequests } from './block-requests.js'
import type { BlockRequest } from './block-requests.js'
import type { PeerOutput } from './peer-output.js'
import { MESSAGE, message, reject } from './wire-messages.js'

const CHOKE = message(MESSAGE.choke)
const UNCHOKE = message(MESSAGE.unchoke)

/**
 * What a peer has asked for and was not sent yet, while it is unchoked. With the fast extension every request has an
 * answer, also one that is choked or cancelled (BEP 6).
 */
export class PeerRequests {
  readonly waiting = new BlockRequests()
  readonly #output: PeerOutput
  readonly #fast: boolean
  #choking = true

  /** @param fast whether the peer knows the fast extension */
  constructor (output: PeerOutput, fast: boolean) {
    this.#output = output
    this.#fast = fast
  }

  get choking (): boolean {
    return this.#choking
  }

  choke (): void {
    if (this.#choking) return
    this.#choking = true
    this.#output.send(CHOKE)
    for (const request of this.waiting.clear()) this.reject(request)
  }

  unchoke (): void {
    if (!this.#choking) return
    this.#choking = false
    this.#output.send(UNCHOKE)
  }

  cancel (request: BlockRequest): void {
    if (this.waiting.delete(request)) this.reject(request)
  }

  reject (request: BlockRequest): void {
    if (this.#fast) this.#output.send(reject(request))
  }
}
