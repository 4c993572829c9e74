import { NoCredentials, provideKeyPair } from './credential-chain.js'
import type { CredentialChainOptions } from './credential-chain.js'
import type { KeyPair } from './key-pair.js'

export interface AwsCredentialsOptions extends CredentialChainOptions {
  /** The variables' pair, which does not change. */
  readonly variables: KeyPair | undefined
  /** Told why the pair could not be renewed, every time; and that it was, after that. */
  readonly onRenewal?: (failure: NoCredentials | undefined) => void
  /** How long one attempt may take, milliseconds [20 s]. The next one begins half as long after that. */
  readonly limitMs?: number
}

const LIMIT_MS = 20_000
/** Before their end, temporary credentials are asked for anew. */
const EARLY_MS = 5 * 60_000
/** After the beginning of an attempt that failed the next one begins. */
const AGAIN_LIMITS = 1.5
const LEAST_MS = 1_000
/** Limits after which an attempt is given up: a process hangs, or a server says nothing. */
const GIVEN_UP_LIMITS = 6

/**
 * The key pair that aws-cli would sign with: environment, files, single sign-on, process, assumed role, container,
 * instance. Temporary ones are renewed while they are in use, by one attempt at a time. Whoever gets one closes it.
 */
export class AwsCredentials {
  readonly #options: AwsCredentialsOptions
  #keyPair: KeyPair | undefined
  #end = Infinity
  #asking: Promise<void> | undefined
  #askedAt = -Infinity
  /** Counts attempts: of one that was given up nothing counts. */
  #turn = 0
  #failed = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  private constructor (options: AwsCredentialsOptions) {
    this.#options = options
    this.#keyPair = options.variables
  }

  /** @throws NoCredentials */
  static async find (options: AwsCredentialsOptions): Promise<AwsCredentials> {
    const credentials = new AwsCredentials(options)
    if (options.variables === undefined) await credentials.#ask()
    return credentials
  }

  /** The one that is good now, or was the last one: the same object until it is renewed. */
  get keyPair (): KeyPair | undefined {
    return this.#keyPair
  }

  /** It was temporary, and its time is over. */
  get hasEnded (): boolean {
    return Date.now() >= this.#end
  }

  /** Asks anew, because the pair was refused: whoever gave it may have another one by now. */
  renew (): void {
    if (this.#options.variables === undefined && this.#asking === undefined &&
      performance.now() - this.#askedAt > this.#againMs) {
      this.#again()
    }
  }

  close (): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  get #limitMs (): number {
    return this.#options.limitMs ?? LIMIT_MS
  }

  get #againMs (): number {
    return AGAIN_LIMITS * this.#limitMs
  }

  // An attempt that is late may still come to its end, and for a while no other one begins before.
  async #ask (): Promise<void> {
    const limitMs = this.#limitMs
    if (performance.now() - this.#askedAt > GIVEN_UP_LIMITS * limitMs) this.#asking = undefined
    if (this.#asking === undefined) {
      const asking = this.#provide().finally(() => { if (this.#asking === asking) this.#asking = undefined })
      this.#asking = asking
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new NoCredentials(`no answer within ${limitMs / 1000} s`)), limitMs)
    })
    await Promise.race([this.#asking, late]).finally(() => clearTimeout(timer))
  }

  async #provide (): Promise<void> {
    const turn = ++this.#turn
    this.#askedAt = performance.now()
    const { keyPair, end } = await provideKeyPair(this.#options)
    if (turn !== this.#turn) return
    if (!isSame(keyPair, this.#keyPair)) this.#keyPair = keyPair
    this.#end = end
    if (end < Infinity) this.#later(end - Date.now())
  }

  // Well before the end: of a short time, at half of it.
  #later (left: number): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    const wait = left > 2 * EARLY_MS ? left - EARLY_MS : left > 0 ? Math.max(LEAST_MS, left / 2) : this.#againMs
    this.#timer = setTimeout(() => this.#again(), Math.min(wait, 2 ** 31 - 1)).unref()
  }

  #again (): void {
    this.#ask().then(() => {
      if (this.#failed) this.#options.onRenewal?.(undefined)
      this.#failed = false
    }, (error: unknown) => {
      if (this.#closed) return
      this.#failed = true
      this.#options.onRenewal?.(error as NoCredentials)
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#again(), this.#againMs).unref()
    })
  }
}

function isSame (one: KeyPair, other: KeyPair | undefined): boolean {
  return one.accessKeyId === other?.accessKeyId && one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken
}
