export interface KeyPair {
  accessKeyId: string
  secretAccessKey: string
}

/** The text of an AWS shared credentials file with one profile a name. */
export function credentialsText (profiles: Record<string, KeyPair>): string {
  return Object.entries(profiles).map(([name, { accessKeyId, secretAccessKey }]) =>
    `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`).join('\n')
}
