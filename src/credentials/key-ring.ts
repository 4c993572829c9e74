import { readFile, stat } from 'node:fs/promises'
import { statVersion } from '../util/stat-version.js'
import { AwsFileError, sectionsOf } from './aws-files.js'
import { accessKeyIdFault } from './key-pair.js'
import type { KeyPair } from './key-pair.js'
import { SettingError } from '../util/operator-error.js'

/** A credentials file that cannot be used; `message` is one sentence for the operator. */
export class CredentialsFileError extends SettingError {
  override name = 'CredentialsFileError'
}

export interface KeyRingOptions {
  /** Asked for at each lookup. */
  readonly own?: KeyPair | undefined
  readonly file?: string | undefined
}

/**
 * The key pairs that clients may sign with: the server's own and every profile of the credentials file.
 * The file is looked at again at each lookup and read again when it changed, so a removed profile is refused
 * at the next request. A file that became unreadable keeps nobody: `find` throws CredentialsFileError.
 */
export class KeyRing {
  readonly #options: KeyRingOptions
  #fileVersion = ''
  #profiles = new Map<string, KeyPair>()

  constructor (options: KeyRingOptions) {
    this.#options = options
  }

  /** The pair with that access key id, or undefined. */
  async find (accessKeyId: string): Promise<KeyPair | undefined> {
    const { own } = this.#options
    if (own?.accessKeyId === accessKeyId) return own
    await this.refresh()
    return this.#profiles.get(accessKeyId)
  }

  /** Reads the credentials file if it is new or changed. @throws CredentialsFileError */
  async refresh (): Promise<void> {
    const { file } = this.#options
    if (file === undefined) return
    try {
      const version = statVersion(await stat(file, { bigint: true }))
      if (version === this.#fileVersion) return
      this.#profiles = await readProfiles(file)
      this.#fileVersion = version
    } catch (cause) {
      this.#fileVersion = ''
      this.#profiles = new Map()
      if (cause instanceof CredentialsFileError) throw cause
      if (cause instanceof AwsFileError) {
        throw new CredentialsFileError(`The credentials file ${cause.message}`, { cause })
      }
      const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
      throw new CredentialsFileError(`The credentials file ${file} cannot be read (${reason}).`, { cause })
    }
  }
}

async function readProfiles (file: string): Promise<Map<string, KeyPair>> {
  await readFile(file) // an unreadable file would be taken for an empty one
  const profiles = await sectionsOf(file)
  const pairs = new Map<string, KeyPair>()
  if (profiles.size === 0) throw new CredentialsFileError(`The credentials file ${file} holds no profile.`)
  for (const [profile, settings] of profiles) {
    const [accessKeyId, secretAccessKey, sessionToken] = [
      'aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'
    ].map(
      (name) => settings.get(name)
    )
    if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || !accessKeyId || !secretAccessKey) {
      throw new CredentialsFileError(
        `Profile [${profile}] of the credentials file ${file} needs aws_access_key_id and aws_secret_access_key.`
      )
    }
    const fault = accessKeyIdFault(accessKeyId)
    if (fault !== undefined) {
      throw new CredentialsFileError(
        `Profile [${profile}] of the credentials file ${file} has an access key id with ${fault}.`
      )
    }
    pairs.set(accessKeyId, {
      accessKeyId, secretAccessKey, ...(typeof sessionToken === 'string' && sessionToken !== '' && { sessionToken })
    })
  }
  return pairs
}
