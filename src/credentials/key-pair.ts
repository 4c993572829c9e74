/** An access key pair, as AWS's shared credentials file holds it. `sessionToken` only with temporary credentials. */
export interface KeyPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
