import type { KeyPair } from '../credentials/key-pair.js'

/** Whose share of an origin's calls and bodies a request comes out of. */
export interface Client {
  /** The access key that signed; '' where nothing is signed. */
  readonly accessKeyId: string
  /** The network that the request comes from, see networkKey. */
  readonly network: string
}

/** On whose behalf the origin is asked. `keyPair` undefined: unsigned. */
export interface Requester {
  readonly keyPair: KeyPair | undefined
  /** Send `x-amz-request-payer: requester`. */
  readonly requestPayer: boolean
  /** Send `x-amz-expected-bucket-owner`. */
  readonly expectedBucketOwner?: string
  /** Undefined: the server itself asks. */
  readonly client?: Client | undefined
  /**
   * `keyPair` is the server's own, and the client has no part in it: what the origin says of the pair is no answer to
   * the client.
   */
  readonly own?: boolean
}
