/** An access key pair, as AWS's shared credentials file holds it. `sessionToken` only with temporary credentials. */
export interface KeyPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/**
 * What an access key id has that no client can sign with, or undefined. Colons, commas and letters of every script are
 * no fault.
 */
export function accessKeyIdFault (accessKeyId: string): string | undefined {
  if (accessKeyId.includes('/')) return 'a slash, which a credential scope cannot carry'
  if (/[\s\u0000-\u001F\u007F]/.test(accessKeyId)) return 'a space, which an Authorization header cannot carry'
  return undefined
}
