import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { KeyPair } from './key-pair.js'

/** No key pair could be had; `message` is the reason in one sentence. */
export class NoCredentials extends Error {
  override name = 'NoCredentials'
}

/** How long before they end temporary credentials are asked for anew, and how soon again. */
const EARLY_MS = 5 * 60_000
const AGAIN_MS = 30_000

/**
 * The key pair that aws-cli would sign with: environment, files, single sign-on, process, assumed role, container, instance.
 * Temporary ones are renewed while they are in use. Whoever gets one closes it.
 */
export class AwsCredentials {
  readonly #provide: ReturnType<typeof defaultProvider>
  #keyPair: KeyPair | undefined
  #renewing: NodeJS.Timeout | undefined

  private constructor (provide: ReturnType<typeof defaultProvider>) {
    this.#provide = provide
  }

  /** @param profile undefined: variables come first, as in aws-cli @throws NoCredentials */
  static async find (profile: string | undefined, variables: KeyPair | undefined): Promise<AwsCredentials> {
    const credentials = new AwsCredentials(defaultProvider(profile === undefined ? {} : { profile }))
    if (variables !== undefined) credentials.#keyPair = variables
    else await credentials.#ask()
    return credentials
  }

  /** The one that is good now: the same object until it is renewed. */
  get keyPair (): KeyPair | undefined {
    return this.#keyPair
  }

  close (): void {
    clearTimeout(this.#renewing)
  }

  async #ask (): Promise<void> {
    try {
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = await this.#provide()
      if (accessKeyId !== this.#keyPair?.accessKeyId) this.#keyPair = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
      if (expiration === undefined) return
      const wait = Math.max(AGAIN_MS, expiration.getTime() - Date.now() - EARLY_MS)
      this.#renewing = setTimeout(() => { this.#ask().catch(() => {}) }, Math.min(wait, 2 ** 31 - 1)).unref() // an old one that ends is refused, which says why
    } catch (cause) {
      throw new NoCredentials(cause instanceof Error ? cause.message : String(cause), { cause })
    }
  }
}
